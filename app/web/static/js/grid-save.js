/* Saves cells one by one for grid.js: one request a cell and kind at a time, the newest value wins. What the server has not
   confirmed stays on the device (device.js), also when the tab is closed, and is sent when the network, the session or the person
   is back. What was left behind and needs a reason waits in a line over the cells until the person gives it. Nothing here moves the
   focus by itself.
     PUT <save> JSON {lesson, student, kind: "attendance" | "grade", value: text | null (take back), version, reason?}, header X-CSRFToken
       -> 200 {value, version, status?, entered_at?}     status: the displayed one where it differs from value
        | 409 {error: {code, message, clause, remedy: {label, url} | null}, current: {value, version} | absent}
              with `current`: somebody was faster, the person chooses; without: a rule says no, the cell goes back
        | 422 {error: {message, fields: {reason: [text]} | {value: [text]}}}   fields.reason: asks for a reason and sends again;
              fields.value: the text stays in its cell, marked as wrong
        | 401 the sign-in dialog (wire.js);  429, 5xx, no network: kept and tried again after 2, 4, 8 ... 60 s and when online */
import { arrived, forget, keep, kept, keptUnder, onLeaving, risks } from "./device.js";
import { toast } from "./dialogs.js";
import { send, words } from "./wire.js";

const AT_ONCE = 20;
const element = (name, text = "", more = {}) => Object.assign(document.createElement(name), { textContent: text }, more);

export class Saver {
  constructor(root, config, grid) {
    this.config = config;
    this.grid = grid;
    this.state = root.querySelector("[data-state]");
    this.dialog = root.querySelector("[data-reason]");
    this.bar = root.querySelector("[data-unsent]");
    this.queue = new Map(); // "lesson student kind" -> the newest edit
    this.sending = new Set();
    this.fresh = new Set(); // ids that were never sent; a paste of many goes out by and by
    this.waiting = new Set(); // ids that were left behind and need a reason
    this.asked = new Map(); // ids that the open dialog asks about
    this.reason = kept("reason") ?? "";
    this.pause = 2000;
    this.kept = true;
    addEventListener("online", () => { if (this.queue.size) toast(words().online); this.flush(); });
    addEventListener("pageshow", (event) => { if (event.persisted) { this.sending.clear(); this.flush(); } });
    onLeaving(() => { for (const id of this.ready()) this.work(id, true); });
    risks.add(() => !this.kept && this.queue.size > 0);
    this.dialog.addEventListener("input", (event) => { if (event.target.matches("textarea")) keep("reason", event.target.value); });
    const [give, leave] = this.bar.querySelectorAll("button");
    give.addEventListener("click", () => this.askReason([...this.waiting]));
    leave.addEventListener("click", () => { for (const id of [...this.waiting]) this.back(id, this.queue.get(id)); });
  }

  put(edit) {
    const id = `${edit.lesson} ${edit.student} ${edit.kind}`;
    edit.before = this.queue.get(id)?.before ?? edit.before;
    this.queue.set(id, edit);
    this.fresh.add(id);
    this.waiting.delete(id);
    this.grid.show(edit.td, edit.kind, edit.value);
    this.mark(edit.td, "saving");
    this.keep(id);
    this.work(id);
  }
  busy(td) { return [...this.queue.values()].some((edit) => edit.td === td); }
  ready() { return [...this.queue.keys()].filter((id) => !this.waiting.has(id) && !this.asked.has(id)); }
  flush() { this.pause = 2000; for (const id of this.ready()) this.work(id); }

  /* what an earlier page could not send, each with the version that its person saw */
  resume() {
    for (const [name, { body: edit }] of keptUnder("cell:")) {
      const td = this.grid.find(edit.lesson, edit.student);
      if (!td) continue;
      const before = this.grid.holds(td, edit.kind);
      if (before === (edit.value ?? "")) forget(name);
      else this.put({ ...edit, td, left: true, before });
    }
    this.say();
  }
  /* `id` as it is in the queue now: on the device while it waits, gone when it is done */
  keep(id) {
    const edit = this.queue.get(id);
    if (edit) {
      const { lesson, student, kind, value, reason } = edit;
      const body = { lesson, student, kind, value, version: this.seen(edit), ...(reason ? { reason } : {}) };
      this.kept = keep(`cell:${id}`, { save: this.config.save, page: location.pathname, label: `${this.grid.named(edit.td)}: ${this.shown(kind, value)}`, body });
    } else arrived(`cell:${id}`);
    this.say();
  }
  seen({ td, kind, version }) { return version ?? Number((kind === "attendance" ? td.dataset.v : td.dataset.w) ?? 0); }
  say() {
    const { says } = this.config;
    const wrong = this.grid.wrong() + this.waiting.size;
    const late = this.queue.size > 0 && this.waits;
    this.state.classList.toggle("is-late", Boolean(late || wrong));
    this.state.textContent = wrong ? `${says.failed}: ${wrong}` : this.queue.size === 0 ? says.saved : late ? `${says.waiting}: ${this.queue.size}` : says.saving;
    this.bar.hidden = this.waiting.size === 0;
    this.bar.querySelector("[data-number]").textContent = String(this.waiting.size);
  }
  mark(td, name) {
    td.classList.remove("saving", "saved", "failed", "waiting", "unsent");
    if (name) td.classList.add(name);
  }

  async work(id, leaving = false) {
    if (this.sending.has(id) || (this.sending.size >= AT_ONCE && !leaving)) return;
    const edit = this.queue.get(id);
    if (!edit) return;
    this.sending.add(id);
    this.fresh.delete(id);
    const { kind, lesson, student, value, reason } = edit;
    const version = this.seen(edit);
    const answer = await send("PUT", this.config.save, { lesson, student, kind, value, version, ...(reason ? { reason } : {}) });
    this.sending.delete(id);
    this.answered(id, edit, answer);
    this.keep(id);
    const next = this.fresh.values().next().value;
    if (next) this.work(next);
  }
  answered(id, edit, { status, body }) {
    const newest = this.queue.get(id) ?? edit;
    const fields = status === 422 ? body?.error?.fields : null;
    if (status === 200) this.accepted(id, edit, body);
    else if ([0, 401, 429].includes(status) || status >= 500) this.later(edit, status);
    else if (status === 409 && body?.current) this.conflict(id, newest, body);
    else if (newest !== edit) this.work(id);
    else if (fields?.reason) this.needsReason(id, edit, fields.reason);
    else if (fields?.value && edit.kind === "grade") this.notLegal(id, edit, fields.value);
    else this.refused(id, edit, body?.error);
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

  later(edit, status) {
    if (!this.waits && status === 0) toast(words().offline, { kind: "late" });
    this.waits = true;
    this.mark(edit.td, "waiting");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => { for (const id of this.ready()) this.work(id); }, this.pause);
    this.pause = Math.min(this.pause * 2, 60000);
  }
  back(id, edit, mark = "") {
    this.queue.delete(id);
    this.waiting.delete(id);
    this.grid.show(edit.td, edit.kind, edit.before);
    this.mark(edit.td, mark);
    this.keep(id);
  }
  notLegal(id, edit, problems) {
    this.back(id, edit);
    this.grid.refuse(edit.td, edit.value, problems.join(" "));
  }
  refused(id, edit, error) {
    this.back(id, edit, "failed");
    const text = element("p", `${error?.message ?? words().failed ?? ""} ${this.config.says.wanted}: ${this.shown(edit.kind, edit.value)}.`);
    if (error?.clause) text.append(" ", element("a", error.clause_label ?? error.clause, { href: `/clauses/${error.clause}`, className: "clause" }));
    if (error?.clause) text.lastElementChild.dataset.clause = error.clause;
    const box = element("div", "", { className: "note note-late" });
    box.setAttribute("role", "alert");
    box.append(text);
    if (error?.remedy?.url) box.append(element("a", error.remedy.label, { href: error.remedy.url, className: "btn btn-primary" }));
    this.grid.line(edit.td, box);
  }
  shown(kind, value) { return (kind === "attendance" ? this.config.words[value] : value) || this.config.says.empty; }
  conflict(id, edit, { current }) {
    this.queue.delete(id);
    this.waiting.delete(id);
    const { says } = this.config;
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
    actions.append(choose(says.keep, () => {}, true), choose(says.mine, () => this.put({ ...edit, version: undefined, before: current.value ?? "" })));
    box.append(element("strong", says.theirs), element("span", `${says.now}: ${this.shown(edit.kind, current.value)}. ${says.wanted}: ${this.shown(edit.kind, edit.value)}.`), actions);
    this.grid.line(edit.td, box);
  }

  /* A page that comes back does not open a dialog by itself: what needs a reason waits in the bar. */
  needsReason(id, edit, problems) {
    edit.problems = edit.reason ? problems : [];
    if (!edit.left) { this.askReason([id]); return; }
    this.waiting.add(id);
    this.mark(edit.td, "unsent");
  }
  /* One dialog for all cells that need a reason, each with name, lesson, old and new value. It waits until nobody is typing;
     while it is open, what is asked about joins it. */
  async askReason(ids) {
    for (const id of ids) this.asked.set(id, this.queue.get(id));
    this.list();
    if (this.dialog.open || this.opening) return;
    this.opening = true;
    await this.grid.settled();
    this.opening = false;
    const text = this.dialog.querySelector("textarea");
    const last = [...this.asked.values()].find((edit) => edit?.reason);
    text.value = last?.reason ?? this.reason;
    const error = this.dialog.querySelector("[data-error]");
    error.hidden = !last;
    error.firstElementChild.textContent = last ? last.problems.join(" ") : "";
    this.list();
    this.dialog.addEventListener("close", () => this.reasoned(text.value.trim()), { once: true });
    this.dialog.showModal();
  }
  list() {
    const lines = [...this.asked.values()].filter(Boolean).map((edit) => element("li",
      `${this.grid.named(edit.td)}: ${this.shown(edit.kind, edit.before)} → ${this.shown(edit.kind, edit.value)}`));
    this.dialog.querySelector("[data-changes]").replaceChildren(...lines);
  }
  reasoned(text) {
    const { returnValue } = this.dialog;
    // The button of the typing error is its reason: one tap.
    const ready = this.dialog.querySelector("[value=typing_error]").textContent.trim();
    const given = returnValue === "send" ? text : returnValue === "typing_error" ? ready : "";
    this.dialog.returnValue = "";
    const asked = [...this.asked].filter(([id, edit]) => edit && this.queue.get(id) === edit);
    this.asked.clear();
    forget("reason");
    if (given) this.reason = given;
    for (const [id, edit] of asked) {
      if (given) { this.queue.delete(id); this.put({ ...edit, left: false, reason: given }); }
      else this.back(id, edit);
    }
    asked.at(-1)?.[1].td.focus();
  }
}
