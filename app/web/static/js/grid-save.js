/* Saves cells one by one for grid.js: one request a cell and kind at a time, the newest value wins, what could not be sent stays on
   the device (sessionStorage) and is sent when the network or the session is back. Nothing here moves the focus by itself.
     PUT <save> JSON {lesson, student, kind: "attendance" | "grade", value: text | null (take back), version, reason?}, header X-CSRFToken
       -> 200 {value, version, status?, entered_at?}     status: the displayed one where it differs from value
        | 409 {error: {code, message, clause, remedy: {label, url} | null}, current: {value, version} | absent}
              with `current`: somebody was faster, the person chooses; without: a rule says no, the cell goes back
        | 422 {error: {message, fields: {reason: [text]} | {value: [text]}}}   fields.reason: asks for a reason and sends again
        | 401 the sign-in dialog (wire.js);  429, 5xx, no network: kept and tried again after 2, 4, 8 ... 60 s and when online */
import { toast } from "./dialogs.js";
import { send, words } from "./wire.js";

const element = (name, text = "", more = {}) => Object.assign(document.createElement(name), { textContent: text }, more);

export class Saver {
  constructor(root, config, grid) {
    this.config = config;
    this.grid = grid;
    this.key = root.dataset.keep ? `cells:${document.body.dataset.person ?? ""}:${root.dataset.keep}` : null;
    this.state = root.querySelector("[data-state]");
    this.dialog = root.querySelector("[data-reason]");
    this.queue = new Map(); // "lesson student kind" -> the newest edit
    this.sending = new Set();
    this.reason = "";
    this.pause = 2000;
    addEventListener("online", () => { if (this.queue.size) toast(words().online); this.flush(); });
  }

  put(edit) {
    const id = `${edit.lesson} ${edit.student} ${edit.kind}`;
    edit.before = this.queue.get(id)?.before ?? edit.before;
    this.queue.set(id, edit);
    this.grid.show(edit.td, edit.kind, edit.value);
    this.mark(edit.td, "saving");
    this.keep();
    this.work(id);
  }
  busy(td) { return [...this.queue.values()].some((edit) => edit.td === td); }
  flush() { this.pause = 2000; for (const id of this.queue.keys()) this.work(id); }

  /* what an earlier page could not send */
  resume() {
    const kept = this.key && sessionStorage.getItem(this.key);
    for (const edit of kept ? JSON.parse(kept) : []) {
      const td = this.grid.find(edit.lesson, edit.student);
      if (td) this.put({ ...edit, td });
    }
  }
  keep() {
    if (!this.key) return;
    const open = [...this.queue.values()].map(({ td, ...edit }) => edit);
    if (open.length) sessionStorage.setItem(this.key, JSON.stringify(open));
    else sessionStorage.removeItem(this.key);
    this.say();
  }
  say() {
    const { says } = this.config;
    const late = this.queue.size > 0 && this.waits;
    this.state.classList.toggle("is-late", Boolean(late));
    this.state.textContent = this.queue.size === 0 ? says.saved : late ? `${says.waiting}: ${this.queue.size}` : says.saving;
  }
  mark(td, name) {
    td.classList.remove("saving", "saved", "failed", "waiting");
    if (name) td.classList.add(name);
  }

  async work(id) {
    if (this.sending.has(id)) return;
    const edit = this.queue.get(id);
    if (!edit) return;
    this.sending.add(id);
    const { td, kind, lesson, student, value, reason } = edit;
    const version = Number((kind === "attendance" ? td.dataset.v : td.dataset.w) ?? 0);
    const answer = await send("PUT", this.config.save, { lesson, student, kind, value, version, ...(reason ? { reason } : {}) });
    this.sending.delete(id);
    if (answer.status === 200) this.accepted(id, edit, answer.body);
    else if (answer.status === 409 && answer.body?.current) this.conflict(id, edit, answer.body);
    else if (answer.status === 422 && answer.body?.error?.fields?.reason) await this.askReason(id, edit, answer.body.error.fields.reason);
    else if ([0, 401, 429].includes(answer.status) || answer.status >= 500) this.later(id, edit, answer.status);
    else this.refused(id, edit, answer.body?.error);
    this.keep();
  }

  accepted(id, edit, body) {
    this.waits = false;
    this.pause = 2000;
    this.version(edit, body.version);
    if (this.queue.get(id) !== edit) { this.work(id); return; }
    this.queue.delete(id);
    this.grid.show(edit.td, edit.kind, body.status ?? body.value ?? (edit.kind === "attendance" ? "not_recorded" : ""));
    this.mark(edit.td, this.busy(edit.td) ? "saving" : "saved");
  }
  version(edit, version) { edit.td.dataset[edit.kind === "attendance" ? "v" : "w"] = String(version); }

  later(id, edit, status) {
    if (!this.waits && status === 0) toast(words().offline, { kind: "late" });
    this.waits = true;
    this.mark(edit.td, "waiting");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => { for (const one of this.queue.keys()) this.work(one); }, this.pause);
    this.pause = Math.min(this.pause * 2, 60000);
  }
  back(id, edit) {
    this.queue.delete(id);
    this.grid.show(edit.td, edit.kind, edit.before);
    this.mark(edit.td, "failed");
    this.keep();
  }
  refused(id, edit, error) {
    this.back(id, edit);
    const text = element("p", error?.message ?? words().failed ?? "");
    if (error?.clause) text.append(" ", element("a", error.clause_label ?? error.clause, { href: `/clauses/${error.clause}`, className: "clause" }));
    if (error?.clause) text.lastElementChild.dataset.clause = error.clause;
    const box = element("div", "", { className: "note note-late" });
    box.setAttribute("role", "alert");
    box.append(text);
    if (error?.remedy?.url) box.append(element("a", error.remedy.label, { href: error.remedy.url, className: "btn btn-primary" }));
    this.grid.line(edit.td, box);
  }
  conflict(id, edit, { current }) {
    this.queue.delete(id);
    const { says } = this.config;
    const shown = (value) => (edit.kind === "attendance" ? this.config.words[value] : value) || says.empty;
    this.version(edit, current.version);
    this.grid.show(edit.td, edit.kind, current.value ?? "");
    this.mark(edit.td, "failed");
    const box = element("div", "", { className: "note note-late conflict" });
    box.setAttribute("role", "alert");
    const choose = (text, run, first) => {
      const button = element("button", text, { type: "button", className: `btn btn-small${first ? " btn-primary" : ""}` });
      button.addEventListener("click", () => { this.mark(edit.td, ""); box.remove(); edit.td.focus(); run(); });
      return button;
    };
    const actions = element("div", "", { className: "actions" });
    actions.append(choose(says.keep, () => {}, true), choose(says.mine, () => this.put({ ...edit, before: current.value ?? "" })));
    box.append(element("strong", says.theirs), element("span", `${says.now}: ${shown(current.value)}. ${says.wanted}: ${shown(edit.value)}.`), actions);
    this.grid.line(edit.td, box);
  }

  /* one dialog for all cells that need a reason; the last reason is offered again */
  async askReason(id, edit, problems) {
    this.asking = (this.asking ?? Promise.resolve()).then(() => this.oneReason(id, edit, problems));
    return this.asking;
  }
  oneReason(id, edit, problems) {
    return new Promise((resolve) => {
      const text = this.dialog.querySelector("textarea");
      const error = this.dialog.querySelector("[data-error]");
      text.value = edit.reason ?? this.reason;
      error.hidden = !edit.reason;
      error.firstElementChild.textContent = edit.reason ? problems.join(" ") : "";
      this.dialog.addEventListener("close", () => {
        const given = this.dialog.returnValue === "send" ? text.value.trim() : "";
        this.dialog.returnValue = "";
        if (given) { this.reason = given; this.queue.delete(id); this.put({ ...edit, reason: given }); }
        else { this.back(id, edit); this.mark(edit.td, ""); }
        edit.td.focus();
        resolve();
      }, { once: true });
      this.dialog.showModal();
    });
  }
}
