/* The page of a lesson: what it is about is saved as its fields are left, the ticks of a roll are kept on the device (drafts.js) until
   the roll is taken. On <form data-module="lesson" data-save data-says> with [data-about data-stored] around the fields:
     PUT <save> JSON {topic, type, methods, task, hours, version} -> 200 {version}  | 409 {current: {the fields, version}}: somebody was
     faster, the person chooses  | 409 without it: a rule says no  | 422 {error: {fields}}  | 401, 429, 5xx, no network: kept, tried again
   Without a script the form is sent by its buttons, each with everything. */
import { arrived, keep, kept, onLeaving, risks } from "./device.js";
import drafts from "./drafts.js";
import { send, words } from "./wire.js";

const NAMES = ["topic", "type", "methods", "task", "hours"];

function about(form, part) {
  const says = JSON.parse(form.dataset.says);
  const state = part.querySelector("[data-state]");
  const note = part.querySelector("[data-problem]");
  const url = form.dataset.save;
  const key = `about:${url}`;
  const fields = form.elements;
  let stored = JSON.parse(part.dataset.stored);
  let sending = false;
  let choosing = false;
  let taken = true;
  let pause = 2000;
  let timer;

  const now = () => Object.fromEntries(NAMES.map((name) => [name, fields[name].value]));
  const same = (one, other) => NAMES.every((name) => String(one[name] ?? "").trim() === String(other[name] ?? "").trim());
  const dirty = () => !same(now(), stored);
  const put = (values) => { for (const name of NAMES) fields[name].value = values[name] ?? ""; };
  const record = (typing) => {
    const title = document.querySelector("h1").textContent.trim();
    const body = { ...now(), version: Number(fields.version.value) };
    taken = keep(key, { save: url, page: location.pathname, label: `${says.about}, ${title}: ${body.topic}`, typing, body });
  };
  const settle = () => { arrived(key); taken = true; choosing = false; };

  function say(word, problem = "", ...more) {
    state.classList.toggle("is-late", word === "failed" || word === "waiting");
    state.textContent = says[word] ?? "";
    note.hidden = problem === "";
    note.replaceChildren(problem, ...more);
  }
  function wrong(problems) {
    for (const name of NAMES) {
      const field = fields[name];
      document.getElementById(`f-${name}-error`)?.remove();
      field.removeAttribute("aria-invalid");
      if (!problems[name]) continue;
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("aria-describedby", `f-${name}-error`);
      field.after(Object.assign(document.createElement("div"), { className: "field-error", id: `f-${name}-error`, textContent: problems[name].join(" ") }));
    }
  }
  async function save() {
    if (sending || choosing) return;
    if (!dirty()) {
      settle();
      wrong({});
      if (state.classList.contains("is-late")) say("");
      return;
    }
    record(false);
    const sent = now();
    sending = true;
    say("saving");
    const { status, body } = await send("PUT", url, { ...sent, version: Number(fields.version.value) });
    sending = false;
    if (status === 200) {
      wrong({});
      stored = sent;
      fields.version.value = body.version;
      pause = 2000;
      if (dirty()) { record(true); say(""); } else { settle(); say("saved"); }
    } else if (status === 409 && body?.current) conflict(body.current);
    else if (status === 0 || status === 401 || status === 429 || status >= 500) later();
    else if (body?.error?.fields) { wrong(body.error.fields); say("failed"); }
    else say("failed", body?.error?.message ?? words().failed);
  }
  function later() {
    say("waiting");
    clearTimeout(timer);
    timer = setTimeout(save, pause);
    pause = Math.min(pause * 2, 60000);
  }
  function conflict(current) {
    choosing = true;
    const choice = (text, run) => {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-small", textContent: text });
      button.addEventListener("click", () => { choosing = false; fields.version.value = current.version; stored = current; say(""); run(); });
      return button;
    };
    say("failed", `${says.theirs}. ${says.now}: ${NAMES.map((name) => current[name]).filter(Boolean).join(" · ")} `,
      choice(says.keep, () => { put(current); settle(); }), " ", choice(says.mine, save));
  }

  part.addEventListener("input", () => { if (dirty()) record(true); else settle(); say(""); });
  part.addEventListener("change", (event) => { if (event.target.matches("select")) save(); });
  part.addEventListener("focusout", (event) => { if (event.relatedTarget !== null || document.activeElement !== event.target) save(); });
  form.addEventListener("submit", (event) => {
    if (event.submitter?.matches("[data-roll]")) { if (dirty()) record(false); return; }
    event.preventDefault();
    if (dirty()) save();
    else if (!sending) say("saved");
  });
  addEventListener("online", save);
  addEventListener("pageshow", (event) => { if (event.persisted) { sending = false; save(); } });
  onLeaving(save);
  risks.add(() => !taken && dirty());

  /* what an earlier page left behind; what the server drew after a refusal wins */
  const before = kept(key);
  if (before && "answer" in document.body.dataset) { if (!dirty()) settle(); }
  else if (before) {
    if (same(before.body, stored)) settle();
    else {
      put(before.body);
      fields.version.value = before.body.version;
      save();
    }
  }
}

export default function lesson(form) {
  if (form.querySelector("[data-roll]")) drafts(form);
  const part = form.querySelector("[data-about]");
  if (part) about(form, part);
}
