/* A grade sheet that saves each line as it is left (sheets/sheet.html); without a script the form is sent by its one button.
   On <form data-module="sheet" data-line data-most data-says> with rows <tr data-student data-version data-points data-absent>:
     PUT <line> JSON {student, points, absent, version} -> 200 {version, points, absent, result: HTML, letter, missing}
        | 409 {error, current: the same as 200}  somebody was faster, the person chooses   | 409 without it: a rule says no
        | 422 {error: {fields}}  stays in its field with its message   | 401, 429, 5xx, no network: kept and tried again
   Enter and the arrows go to the line below or above, Escape brings the saved value back, a pasted column fills the lines from here
   on. What is not confirmed stays on the device (device.js) and is shown as not saved when one comes back. */
import { arrived, forget, keep, keptUnder, onLeaving, risks } from "./device.js";
import { toast } from "./dialogs.js";
import { number, written } from "./numbers.js";
import { markIn } from "./pasted.js";
import { send, words } from "./wire.js";


class Line {
  constructor(row, sheet) {
    Object.assign(this, { row, sheet, version: Number(row.dataset.version), sending: false, taken: true });
    this.points = row.querySelector(".points");
    this.box = row.querySelector("input[type=checkbox]");
    this.problem = row.querySelector("[data-problem]");
    this.mark = row.querySelector("[data-mark]");
    this.key = `line:${sheet.url} ${row.dataset.student}`;
    this.name = row.querySelector(".leaf-head").textContent;
  }
  now() { return { points: this.box.checked ? "" : number(this.points.value), absent: this.box.checked }; }
  stored() { return { points: this.row.dataset.points, absent: this.row.dataset.absent === "yes" }; }
  same(one, other) {
    return one.absent === other.absent && (one.points === other.points || (one.points !== "" && other.points !== "" && Number(one.points) === Number(other.points)));
  }
  dirty() { return !this.same(this.now(), this.stored()); }
  shown({ points, absent }) { return absent ? this.sheet.says.absent : written(points) || this.sheet.says.empty; }

  /* what would be refused is said at once; null: it may be sent */
  wrong() {
    const { points, absent } = this.now();
    if (absent) return null;
    if (points === "") return this.sheet.says.emptied;
    const value = Number(points);
    return value >= 0 && value <= this.sheet.most && Math.abs(value * 10 - Math.round(value * 10)) < 1e-6 ? null : this.sheet.says.bad;
  }
  note(typing) {
    const body = { student: this.row.dataset.student, ...this.now(), version: this.version };
    this.taken = keep(this.key, { save: this.sheet.url, page: location.pathname, label: `${this.name}: ${this.shown(body)}`, typing, body });
  }
  typed() {
    this.choosing = false;
    this.say("");
    if (this.dirty()) this.note(true);
    else this.settle();
  }
  settle() {
    this.choosing = false;
    arrived(this.key);
    this.taken = true;
    this.say("");
  }
  say(state, text = "", ...more) {
    const { says } = this.sheet;
    this.state = state;
    for (const one of ["saving", "saved", "waiting", "failed"]) this.row.classList.toggle(`line-${one}`, one === state);
    this.mark.textContent = says[state] ?? "";
    this.problem.hidden = text === "";
    this.problem.replaceChildren(text, ...more);
    if (state === "failed") this.points.setAttribute("aria-invalid", "true");
    else this.points.removeAttribute("aria-invalid");
    if (text) this.points.setAttribute("aria-describedby", this.problem.id);
    else this.points.removeAttribute("aria-describedby");
    this.sheet.changed();
  }
  back() {
    const { points, absent } = this.stored();
    this.points.value = written(points);
    this.box.checked = absent;
    this.version = Number(this.row.dataset.version);
    this.settle();
  }

  /* answers whether the line may be left: false, one should look at it */
  save() {
    if (this.sending || this.choosing) return true;
    if (!this.dirty()) { if (this.state !== "saved") this.settle(); return true; }
    const wrong = this.wrong();
    this.note(false);
    if (wrong) { this.note(true); this.say("failed", wrong); return false; }
    this.send();
    return true;
  }
  async send() {
    const sent = this.now();
    this.sending = true;
    this.say("saving");
    const { status, body } = await send("PUT", this.sheet.url, { student: this.row.dataset.student, ...sent, version: this.version });
    this.sending = false;
    if (status === 200) {
      this.version = body.version;
      this.draw(body, this.same(this.now(), sent));
      if (!this.dirty()) { this.settle(); this.say("saved"); }
      else if (!this.row.contains(document.activeElement)) this.save();
    } else if (status === 409 && body?.current) this.conflict(body.current, sent);
    else if (status === 0 || status === 401 || status === 429 || status >= 500) this.sheet.later(this, status);
    else this.refused(body?.error);
  }
  refused(error) {
    const way = error?.remedy?.url ? [" ", Object.assign(document.createElement("a"), { href: error.remedy.url, textContent: error.remedy.label })] : [];
    this.say("failed", Object.values(error?.fields ?? {}).flat().join(" ") || error?.message || words().failed, ...way);
  }
  draw(line, values) {
    Object.assign(this.row.dataset, { version: line.version, points: line.points, absent: line.absent ? "yes" : "" });
    if (values) { this.points.value = written(line.points); this.box.checked = line.absent; }
    this.row.querySelector("[data-result]").innerHTML = line.result;
    const letter = this.row.querySelector("[data-letter]");
    if (letter) letter.textContent = line.letter;
    this.sheet.missing(line.missing);
  }
  conflict(current, sent) {
    const { says } = this.sheet;
    this.draw(current, false);
    if (!this.dirty()) { this.settle(); this.say("saved"); return; }
    const choice = (text, run) => {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-small", textContent: text });
      button.addEventListener("click", () => { this.points.focus(); run(); });
      return button;
    };
    this.choosing = true;
    this.note(false);
    this.say("failed", `${says.theirs}. ${says.now}: ${this.shown(current)}. ${says.wanted}: ${this.shown(sent)}. `,
      choice(says.keep, () => this.back()), " ", choice(says.mine, () => { this.choosing = false; this.version = current.version; this.save(); }));
  }
}

export default function sheet(form) {
  const says = JSON.parse(form.dataset.says);
  const state = form.querySelector("[data-state]");
  const pause = { ms: 2000 };
  let timer;
  const here = {
    says, url: form.dataset.line, most: Number(form.dataset.most),
    missing(left) {
      const note = document.querySelector("[data-missing]");
      if (!note) return;
      note.hidden = left === 0;
      note.querySelector("strong").textContent = String(left);
    },
    later(line, status) {
      if (status === 0 && !lines.some((one) => one.state === "waiting")) toast(words().offline, { kind: "late" });
      line.say("waiting");
      clearTimeout(timer);
      timer = setTimeout(all, pause.ms);
      pause.ms = Math.min(pause.ms * 2, 60000);
    },
    changed() {
      const open = lines.filter((line) => ["failed", "waiting"].includes(line.state)).length;
      const busy = lines.some((line) => line.state === "saving");
      state.classList.toggle("is-late", open > 0);
      state.textContent = open ? `${says.failed}: ${open}` : busy ? says.saving : lines.some((line) => line.state === "saved") ? says.all : "";
    },
  };
  const rows = [...form.querySelectorAll("tbody tr")];
  const lines = [];
  for (const row of rows) if (row.dataset.student) lines.push(new Line(row, here));
  const lineOf = (target) => lines.find((line) => line.row.contains(target));
  function all() { for (const line of lines) if (line.state === "waiting" || line.dirty()) line.save(); }
  function step(line, by) {
    const next = lines[lines.indexOf(line) + by];
    if (next) { next.points.focus(); next.points.select(); }
  }

  function paste(line, text) {
    const from = rows.indexOf(line.row);
    let entered = 0;
    const strange = [];
    text.replace(/\r?\n$/, "").split(/\r?\n/).forEach((raw, down) => {
      const one = lines.find(({ row }) => row === rows[from + down]);
      const value = raw.split("\t")[0].trim();
      if (value === "") return;
      if (!one) { strange.push(value); return; }
      one.box.checked = markIn(value) === "absent";
      one.points.value = one.box.checked ? "" : value;
      one.say("");
      if (one.save()) entered += 1;
      else strange.push(value);
    });
    toast(`${says.pasted} ${entered}${strange.length ? `. ${says.left}: ${strange.slice(0, 5).join(", ")} (${strange.length})` : ""}`, { kind: strange.length ? "late" : "" });
  }

  form.addEventListener("input", (event) => {
    const line = lineOf(event.target);
    if (!line) return;
    if (event.target === line.points && line.points.value.trim()) line.box.checked = false;
    line.typed();
  });
  form.addEventListener("change", (event) => {
    const line = lineOf(event.target);
    if (event.target !== line?.box) return;
    if (line.box.checked) line.points.value = "";
    else line.points.focus();
    if (line.box.checked || !line.dirty()) line.save();
  });
  form.addEventListener("keydown", (event) => {
    const line = lineOf(event.target);
    if (event.target !== line?.points || event.isComposing) return;
    if (event.key === "Enter" || event.key === "ArrowDown") { if (line.save()) step(line, 1); }
    else if (event.key === "ArrowUp") { if (line.save()) step(line, -1); }
    else if (event.key === "Escape" && line.dirty()) line.back();
    else return;
    event.preventDefault();
  });
  form.addEventListener("focusout", (event) => {
    /* another window over this one leaves nothing */
    if (event.relatedTarget === null && document.activeElement === event.target) return;
    lineOf(event.target)?.save();
  });
  form.addEventListener("paste", (event) => {
    const line = lineOf(event.target);
    const text = event.clipboardData.getData("text/plain");
    if (event.target !== line?.points || !/[\n\t]/.test(text.trim())) return;
    event.preventDefault();
    paste(line, text);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    all();
    lines.find((line) => line.state === "failed")?.points.focus();
    here.changed();
    if (!state.textContent) state.textContent = says.all;
  });
  addEventListener("online", () => { pause.ms = 2000; all(); });
  addEventListener("pageshow", (event) => { if (event.persisted) { for (const line of lines) line.sending = false; all(); } });
  onLeaving(all);
  risks.add(() => lines.some((line) => !line.taken && line.dirty()));

  /* what an earlier page left behind: sent again when it was finished, shown when it was not */
  for (const [key, { typing, body }] of keptUnder(`line:${here.url} `)) {
    const line = lines.find((one) => one.key === key);
    if (!line) continue;
    if (line.same(body, line.stored())) { forget(key); continue; }
    line.points.value = written(body.points);
    line.box.checked = body.absent;
    line.version = body.version;
    if (!typing) line.save();
    else { line.note(true); line.say("failed", line.wrong() ?? says.unsent); }
  }
}
