/* The teacher's grid (journal/_grid.html): focus and keys, marks and grades, paste, undo, one lesson at a time on a phone.
   Saving, versions, retries and conflicts are in grid-save.js, where the HTTP contract stands.
   Keys by place, so they work on a Cyrillic layout: config.keys [{code: "KeyN", value: "absent", ...}]; digits begin a grade, Enter saves
   it and goes down, Tab saves it and goes to the next lesson (on a phone to the next student), arrows save and move, Delete takes back,
   F2 or Enter on a locked cell shows its card, Ctrl+Z undoes, Escape throws away what is typed. Every other way out of a cell or of
   the page saves as well. Tab without a grade in work leaves the grid.
     GET  <card>?lesson=&student=            header X-Fragment: 1 -> HTML of journal/_cell.html
     POST <rest with {lesson}>               {} -> 200 {cells: [{student, value, version}], roll}  (only cells nobody had marked;
                                             `roll` is the new line of text under the lesson)
   A cell <td class="c">: data-s status, data-v its version, data-g grade, data-w its version, data-k locks ("a", "g", "ag"). */
import { onLeaving } from "./device.js";
import { toast } from "./dialogs.js";
import { typing } from "./keys.js";
import { Saver } from "./grid-save.js";
import { Typed } from "./grid-typed.js";
import { send, words } from "./wire.js";
import { number, written } from "./numbers.js";
import { markIn } from "./pasted.js";

export default function grid(root) {
  const config = JSON.parse(root.dataset.config);
  const table = root.querySelector("table");
  const heads = [...table.querySelectorAll("thead .lesson")];
  const lines = [...table.tBodies[0].rows];
  const cell = (row, column) => lines[row]?.cells[column + 1];
  const place = (td) => ({ row: lines.indexOf(td.parentElement), column: td.cellIndex - 1 });
  const panel = root.querySelector("[data-line]");
  const part = (name) => root.querySelector(`[data-${name}]`);
  const undone = [];
  const narrow = matchMedia("(max-width: 767px)");
  let current = null;
  let asking = null;
  let card = 0;

  /* what a cell shows */
  function paint(td, status = td.dataset.s, grade = td.dataset.g ?? "") {
    td.classList.replace(`s-${td.dataset.s}`, `s-${status}`);
    td.dataset.s = status;
    if (grade) td.dataset.g = grade;
    else delete td.dataset.g;
    if (asking?.td === td) return;
    const text = typed.text(td);
    td.textContent = text ?? config.letters[status] ?? "";
    if (grade && text === null) td.append(Object.assign(document.createElement("b"), { textContent: written(grade) }));
    if (td.hasAttribute("aria-label")) td.setAttribute("aria-label", label(td));
  }
  const holds = (td, kind) => (kind === "attendance" ? td.dataset.s : td.dataset.g ?? "");
  const says = (td) => [config.words[td.dataset.s], written(typed.text(td) ?? td.dataset.g ?? "")].filter(Boolean).join(", ");
  /* The name of a cell begins with what it shows: whoever speaks to the computer says what is seen. */
  const label = (td) => [td.textContent.trim(), config.words[td.dataset.s]].filter(Boolean).join(", ");
  const locked = (td, kind) => (td.dataset.k ?? "").includes(kind === "attendance" ? "a" : "g") || td.dataset.s === "not_applicable";

  const find = (lesson, student) => cell(lines.findIndex((row) => row.dataset.student === student), heads.findIndex((head) => head.dataset.lesson === lesson));
  const ids = (td) => ({ lesson: heads[place(td).column].dataset.lesson, student: lines[place(td).row].dataset.student });
  const named = (td) => `${lines[place(td).row].cells[0].querySelector("a").textContent}, ${heads[place(td).column].dataset.title}`;
  const typed = new Typed(root, { bad: `${config.says.bad} (${config.grades?.min}–${config.grades?.max})`, unsent: config.says.unsent }, {
    paint, find, named, place: ids, legal,
    enter: (td, text) => set(td, "grade", text),
    changed: () => saver.say(),
  });
  const saver = new Saver(root, config, {
    find, holds, named,
    show: (td, kind, value) => (kind === "attendance" ? paint(td, value || "not_recorded") : paint(td, td.dataset.s, value ?? "")),
    line: (td, ...content) => { if (!typed.now && !asking && table.contains(document.activeElement)) focus(td, false); tell(td, content); },
    wrong: () => typed.wrong.size,
    refuse: (td, text, message) => typed.refuse(td, text, message),
    settled: () => typed.settled(),
  });

  function set(td, kind, value, keep = true, reason = "") {
    if (kind === "grade") typed.drop(td);
    if (locked(td, kind)) { openCard(td); return false; }
    const before = holds(td, kind);
    if (before === (value ?? "")) return false;
    if (keep) { undone.push({ td, kind, value: before }); part("undo").disabled = false; }
    saver.put({ td, kind, value: value || null, before, ...ids(td), reason });
    return true;
  }
  function undo() {
    const last = undone.pop();
    part("undo").disabled = undone.length === 0;
    if (!last) return;
    focus(last.td);
    set(last.td, last.kind, last.value === "not_recorded" ? null : last.value, false, config.says.undone);
  }

  /* focus and the line under the grid */
  function tell(td, content = []) {
    const { row, column } = place(td);
    const head = document.createElement("p");
    head.append(Object.assign(document.createElement("strong"), { textContent: lines[row].cells[0].querySelector("a").textContent }),
      ` · ${heads[column].dataset.title} · ${says(td)}`);
    panel.replaceChildren(head, ...content);
  }
  async function openCard(td) {
    const mine = ++card;
    const query = new URLSearchParams(ids(td));
    try {
      const answer = await fetch(`${config.card}?${query}`, { headers: { "X-Fragment": "1" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const text = await answer.text();
      if (mine === card) panel.innerHTML = text;
    } catch {
      if (mine === card) tell(td, [words().failed ?? ""]);
    }
  }
  function focus(td, show = true) {
    if (!td) return;
    if (current && current !== td) { typed.commit(); current.tabIndex = -1; }
    current = td;
    td.tabIndex = 0;
    td.setAttribute("aria-label", label(td));
    td.focus({ preventScroll: !show });
    td.scrollIntoView({ block: "nearest", inline: "nearest" });
    column(td.cellIndex - 1);
    card += 1;
    typed.tell(td);
    if (!show) return;
    tell(td);
    if (td.dataset.k) { const wait = card; setTimeout(() => { if (wait === card) openCard(td); }, 250); }
  }
  function column(index) {
    const head = heads[index];
    if (!head) return;
    if (!head.classList.contains("now")) {
      for (const old of table.querySelectorAll(".now")) old.classList.remove("now");
      head.classList.add("now");
      for (const row of lines) row.cells[index + 1].classList.add("now");
    }
    part("strip-title").textContent = head.dataset.title;
    part("strip-topic").textContent = head.dataset.topic;
    part("strip-roll").textContent = head.dataset.roll;
    part("rest").hidden = head.dataset.rest !== "yes";
  }
  function move(down, right) {
    if (!current) return;
    const { row, column: at } = place(current);
    focus(cell(Math.min(Math.max(row + down, 0), lines.length - 1), Math.min(Math.max(at + right, 0), heads.length - 1)));
  }

  /* typing a grade */
  function legal(text) {
    const number = Number(text);
    return Boolean(config.grades) && text !== "" && number >= config.grades.min && number <= config.grades.max && Math.abs(number / config.grades.step - Math.round(number / config.grades.step)) < 1e-9;
  }
  function type(key) {
    if (!config.grades) return;
    if (locked(current, "grade")) { openCard(current); return; }
    typed.put(current, (typed.in(current) ? typed.now.text : "") + key.replace(",", "."));
  }
  /* Tab: on to the next lesson, where only one is shown to the next student; false at the edge, where one leaves the grid */
  function on(step) {
    const { row, column: at } = place(current);
    const next = narrow.matches ? cell(row + step, at) : cell(row, at + step);
    if (next?.classList.contains("c")) { focus(next); return true; }
    return false;
  }
  function ask(td) {
    const input = Object.assign(document.createElement("input"), { inputMode: "decimal", size: 3, value: written(typed.text(td) ?? td.dataset.g ?? ""), className: "grade-input" });
    input.setAttribute("aria-label", part("grade").textContent.trim());
    typed.drop(td);
    td.replaceChildren(input);
    asking = { td, done };
    input.focus();
    input.select();
    function done(keep) {
      if (asking?.done !== done) return true;
      asking = null;
      const text = number(input.value);
      typed.forget(td);
      paint(td);
      if (!keep || text === (td.dataset.g ?? "")) return true;
      if (text === "") return set(td, "grade", null);
      typed.put(td, text);
      return typed.commit();
    }
    input.addEventListener("input", () => typed.note(td, input.value));
    input.addEventListener("blur", () => done(true));
    input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (!["Enter", "Tab", "Escape"].includes(event.key)) return;
      const good = done(event.key !== "Escape");
      focus(td);
      if (event.key === "Enter" && good) move(1, 0);
      if (event.key !== "Tab" || !good || on(event.shiftKey ? -1 : 1)) event.preventDefault();
    });
  }

  /* paste from a spreadsheet: a block of rows and columns, from the focused cell on */
  function paste(text) {
    typed.commit();
    const { row, column: at } = place(current);
    let entered = 0;
    const strange = [];
    text.replace(/\r?\n$/, "").split(/\r?\n/).forEach((line, down) => line.split("\t").forEach((raw, right) => {
      const td = cell(row + down, at + right);
      const value = number(raw);
      if (value === "") return;
      const mark = markIn(raw);
      const kind = mark ? "attendance" : "grade";
      if (!td?.classList.contains("c") || locked(td, kind) || (mark && !config.keys.some((key) => key.value === mark))) strange.push(raw.trim());
      else if (mark) entered += set(td, kind, mark) ? 1 : 0;
      else if (legal(value)) entered += set(td, kind, String(Number(value))) ? 1 : 0;
      else { strange.push(raw.trim()); if (config.grades) typed.refuse(td, raw.trim(), typed.says.bad); }
    }));
    toast(`${config.says.pasted} ${entered}${strange.length ? `. ${config.says.left}: ${strange.slice(0, 5).join(", ")}${strange.length > 5 ? " …" : ""} (${strange.length})` : ""}`, { kind: strange.length ? "late" : "" });
  }

  async function rest() {
    const head = table.querySelector("thead .now");
    part("rest").disabled = true;
    const answer = await send("POST", config.rest.replace("{lesson}", head.dataset.lesson), {});
    part("rest").disabled = false;
    if (answer.status !== 200) { toast(answer.body?.error?.message ?? words().failed, { kind: "late" }); return; }
    for (const one of answer.body.cells) {
      const td = cell(lines.findIndex((row) => row.dataset.student === one.student), heads.indexOf(head));
      if (!td || saver.busy(td)) continue;
      td.dataset.v = one.version;
      paint(td, one.value);
    }
    head.dataset.rest = "";
    head.classList.remove("not-taken");
    if (answer.body.roll) head.dataset.roll = answer.body.roll;
    column(heads.indexOf(head));
    current?.focus();
  }

  table.addEventListener("keydown", (event) => {
    if (!current || event.target !== current || document.querySelector("dialog[open]")) return;
    if ((event.ctrlKey || event.metaKey) && event.code === "KeyZ") { event.preventDefault(); if (!typed.drop(current)) undo(); return; }
    if (typing(event)) return;
    const mark = config.keys.find((key) => key.code === event.code);
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageUp: [-10, 0], PageDown: [10, 0], Home: [0, -999], End: [0, 999] }[event.key];
    if (event.key === "Tab") { if (!typed.now || (typed.commit() && !on(event.shiftKey ? -1 : 1))) return; }
    else if (step) { if (typed.commit()) move(...step); }
    else if (event.key === "Enter") { if (typed.now ? typed.commit() : typed.retry(current) || !current.dataset.k) move(1, 0); else if (current.dataset.k && !typed.wrong.has(current)) openCard(current); }
    else if (event.key === "Escape") { if (!typed.drop(current)) return; }
    else if (event.key === "F2") openCard(current);
    else if (event.key === "Backspace" && typed.text(current) !== null) typed.put(current, typed.text(current).slice(0, -1));
    else if (event.key === "Delete" || event.key === "Backspace") {
      if (current.dataset.g) set(current, "grade", null);
      else if (current.dataset.s === "absent") set(current, "attendance", "present");
    } else if (/^[0-9.,]$/.test(event.key)) type(event.key);
    else if (mark) { if (typed.commit() && set(current, "attendance", mark.value)) move(1, 0); }
    else return;
    event.preventDefault();
  });
  table.addEventListener("click", (event) => {
    const td = event.target.closest("td.c");
    if (!td || event.target.matches("input")) return;
    const touch = event.pointerType === "touch" && td.classList.contains("now");
    focus(td);
    if (touch && !locked(td, "attendance")) set(td, "attendance", td.dataset.s === "absent" ? "present" : "absent");
  });
  table.addEventListener("dblclick", (event) => { const td = event.target.closest("td.c"); if (td) openCard(td); });
  table.addEventListener("focusin", (event) => { if (event.target.matches("td.c") && event.target !== current) focus(event.target); });
  table.addEventListener("focusout", (event) => {
    /* another window over this one leaves nothing: the cell keeps the focus and what is typed */
    if (event.relatedTarget === null && document.activeElement === typed.now?.td) return;
    if (!typed.now?.td.contains(event.relatedTarget)) typed.commit();
  });
  onLeaving(() => { asking?.done(true); typed.commit(); });
  table.addEventListener("paste", (event) => {
    if (!current || event.target.matches("input")) return;
    event.preventDefault();
    paste(event.clipboardData.getData("text/plain"));
  });
  root.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.set && current) { typed.commit(); set(current, "attendance", button.dataset.set); current.focus(); }
    if ("grade" in button.dataset && current) { if (locked(current, "grade")) openCard(current); else ask(current); }
    if (button.dataset.step) { const at = heads.findIndex((head) => head.classList.contains("now")); column(Math.min(Math.max(at + Number(button.dataset.step), 0), heads.length - 1)); }
  });
  part("undo").addEventListener("click", undo);
  part("rest").addEventListener("click", rest);

  const now = Math.max(heads.findIndex((head) => head.classList.contains("now")), 0);
  for (const td of table.querySelectorAll("td.c")) td.tabIndex = -1;
  current = cell(0, now) ?? null;
  if (current) current.tabIndex = 0;
  column(now);
  heads[now]?.scrollIntoView({ block: "nearest", inline: "center" });
  scrollTo(0, 0);
  typed.resume();
  saver.resume();
}
