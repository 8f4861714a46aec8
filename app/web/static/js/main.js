/* Starts the scripts a page asks for. An element with data-module="grid" gets js/grid.js: its default export is called once
   with the element, also for elements that htmx brings later; data-ready then says that it listens. Everything else here
   belongs to every page. */
import "./keys.js";
import "./dialogs.js";
import "./network.js";
import files from "./files.js";
import left from "./left.js";

const started = new WeakSet();
const known = { grid: 1, inbox: 1, drafts: 1, diagram: 1, bell: 1, sheet: 1, lesson: 1, studio: 1, compare: 1, form_editor: 1, date_field: 1, timetable: 1 };

export function start(root) {
  files(root);
  const found = [...root.querySelectorAll("[data-module]")];
  if (root.matches?.("[data-module]")) found.unshift(root);
  for (const element of found) {
    const name = element.dataset.module;
    if (!Object.hasOwn(known, name) || started.has(element)) continue;
    started.add(element);
    import(`./${name}.js`).then((module) => { module.default(element); element.dataset.ready = ""; });
  }
}

start(document.body);
left();
document.addEventListener("htmx:after:swap", () => start(document.body));
for (const tab of document.querySelectorAll(".tabs [aria-current]")) {
  const row = tab.parentElement;
  row.scrollLeft = tab.offsetLeft - row.offsetLeft - (row.clientWidth - tab.clientWidth) / 2;
}
document.querySelector("[data-focus]")?.focus();
