/* A grade while it is typed into a cell of the grid, and a text that is no grade there. Such a text stays in its cell with a red
   edge and its message until it is typed anew or thrown away with Escape; nothing of it is sent. Both are kept on the device, and
   come back marked as not saved.
     new Typed(root, {paint(td), named(td), place(td) -> {lesson, student}, find(lesson, student) -> td, legal(text), enter(td, text), changed()})
     put(td, text) shows and keeps;  commit() -> whether the cell may be left;  refuse(td, text, message);  drop(td) */
import { forget, keep, keptUnder, risks } from "./device.js";

export class Typed {
  constructor(root, says, grid) {
    Object.assign(this, { root, says, grid });
    this.now = null; // {td, text} while somebody types
    this.wrong = new Map(); // td -> {text, message}
    this.bubble = Object.assign(document.createElement("p"), { className: "cell-say", id: "cell-say", hidden: true });
    this.bubble.setAttribute("role", "alert");
    root.append(this.bubble);
    this.scroll = root.querySelector(".grid-scroll");
    this.scroll.addEventListener("scroll", () => this.sit());
    this.settling = [];
    this.taken = true;
    risks.add(() => !this.taken && (this.now !== null || this.wrong.size > 0));
  }
  name(td) {
    const { lesson, student } = this.grid.place(td);
    return `typed:${lesson} ${student}`;
  }
  in(td) { return this.now?.td === td; }
  text(td) { return this.in(td) ? this.now.text : this.wrong.get(td)?.text ?? null; }

  put(td, text) {
    this.clear(td);
    this.now = { td, text };
    this.note(td, text);
    td.classList.add("typing");
    td.textContent = text;
  }
  /* what was typed goes to the server, or stays here as wrong; false: one should look at it before going on */
  commit() {
    if (!this.now) return true;
    const { td, text } = this.now;
    this.now = null;
    td.classList.remove("typing");
    const good = text === "" || this.grid.legal(text);
    if (good) this.forget(td);
    this.grid.paint(td);
    if (!good) this.refuse(td, text, this.says.bad);
    else if (text !== "") this.grid.enter(td, String(Number(text)));
    for (const go of this.settling.splice(0)) go();
    return good;
  }
  /* resolves when nobody is in the middle of a number */
  settled() { return this.now ? new Promise((go) => this.settling.push(go)) : Promise.resolve(); }

  refuse(td, text, message) {
    this.wrong.set(td, { text, message });
    this.note(td, text);
    td.classList.add("wrong");
    td.setAttribute("aria-invalid", "true");
    this.grid.paint(td);
    this.tell(td);
    this.grid.changed();
  }
  clear(td) {
    if (!this.wrong.delete(td)) return;
    td.classList.remove("wrong");
    td.removeAttribute("aria-invalid");
    if (this.at === td) this.at = null;
    td.removeAttribute("aria-describedby");
    this.sit();
    this.grid.changed();
  }
  note(td, text) { this.taken = keep(this.name(td), { text, page: location.pathname, label: `${this.grid.named(td)}: ${text}` }); }
  forget(td) { forget(this.name(td)); }
  /* Escape: as if nothing had been typed; answers whether there was something */
  drop(td) {
    const had = this.text(td) !== null;
    if (this.in(td)) { this.now = null; td.classList.remove("typing"); for (const go of this.settling.splice(0)) go(); }
    this.clear(td);
    this.forget(td);
    if (had) this.grid.paint(td);
    return had;
  }
  /* Enter on a cell whose text was left behind but is a grade */
  retry(td) {
    const { text } = this.wrong.get(td) ?? {};
    if (text === undefined || !this.grid.legal(text)) return false;
    this.drop(td);
    this.grid.enter(td, String(Number(text)));
    return true;
  }

  /* The message stands at its cell, below it or, where there is no room or somebody works, above. It stays when one goes on to
     another cell, until the text is corrected or thrown away. */
  tell(td) {
    if (this.wrong.has(td)) {
      this.at?.removeAttribute("aria-describedby");
      this.at = td;
      this.bubble.textContent = this.wrong.get(td).message;
      td.setAttribute("aria-describedby", this.bubble.id);
    } else this.here = td;
    this.sit();
  }
  sit() {
    this.bubble.hidden = !this.at;
    if (!this.at) return;
    const [cell, all, room] = [this.at, this.root, this.scroll].map((one) => one.getBoundingClientRect());
    const inside = cell.bottom > room.top && cell.top < Math.min(room.bottom, innerHeight) && cell.right > room.left && cell.left < room.right;
    this.bubble.classList.toggle("away", !inside);
    const { offsetWidth: wide, offsetHeight: high } = this.bubble;
    const under = this.here?.parentElement === this.at.parentElement.nextElementSibling;
    const keys = this.root.querySelector(".grid-tools").getBoundingClientRect().top;
    const floor = Math.min(room.bottom, innerHeight, keys > cell.top ? keys : Infinity);
    const above = under || cell.bottom + high + 8 > floor;
    this.bubble.style.left = `${Math.max(Math.min(cell.left - all.left, all.width - wide - 8), 8)}px`;
    this.bubble.style.top = `${above ? cell.top - all.top - high - 4 : cell.bottom - all.top + 4}px`;
  }

  /* what an earlier page left in the middle */
  resume() {
    for (const [name, { text }] of keptUnder("typed:")) {
      const td = this.grid.find(...name.slice("typed:".length).split(" "));
      if (!td) continue;
      if (text === "" || text === td.dataset.g) forget(name);
      else this.refuse(td, text, this.grid.legal(text) ? this.says.unsent : this.says.bad);
    }
  }
}
