/* Stands for packages of the panel that the editor never uses, because it shows no editor of FEEL. Whatever is asked of it, it is
   the same: a function, a class, an empty list. */
const nothing = new Proxy(function Absent() {}, {
  get(found, name) {
    if (name === "prototype") return found.prototype;
    if (name === Symbol.toPrimitive) return () => "";
    if (name === Symbol.iterator) return function* () {};
    return nothing;
  },
  apply: () => nothing,
});
/* esbuild copies the own names of a module and keeps its prototype: the prototype answers to every name. */
module.exports = Object.create(nothing);
