/* Keeps what is typed in a form until the server has taken it. On a form with data-module="drafts":
     data-draft-key   names the form; what is typed is kept on this device (device.js) with each key, under the person's name
     data-draft-url   PUT JSON {values: {field: text | [text]}} -> 204 | 401 | 404; optional: kept on the server as well, two
                      seconds after the last key and at once when a field or the page is left
   A page that is drawn again as it was gets the fields back by itself; one that says something else by now offers them. What the
   server drew after a refusal wins. Files, hidden fields, passwords and the button pressed are never kept. Each sending carries a
   number in the field `draft`; device.js forgets the form when the server says that this number is done. What stands inside
   [data-draft-skip] has another keeper. */
import { forget, keep, kept, onLeaving, risks } from "./device.js";
import { send, words } from "./wire.js";

const SKIP = new Set(["csrf_token", "token", "id", "next", "decision", "draft"]);
const typedIn = (field) => field.name && !field.closest("[data-draft-skip]") && !SKIP.has(field.name) && !["hidden", "file", "password", "submit", "button", "reset"].includes(field.type);
const ticked = (field) => ["checkbox", "radio"].includes(field.type);

/* {field: text | [text]}; a name that stands several times, and boxes, are lists */
export function read(form) {
  const values = {};
  for (const field of form.elements) {
    if (!typedIn(field)) continue;
    if (ticked(field)) {
      values[field.name] ??= [];
      if (field.checked) values[field.name].push(field.value);
    } else if (field.name in values) values[field.name] = [values[field.name], field.value].flat();
    else values[field.name] = field.value;
  }
  return values;
}

export function write(form, values) {
  const used = {};
  const changed = [];
  for (const field of form.elements) {
    if (!typedIn(field) || values[field.name] === undefined) continue;
    const given = values[field.name];
    if (ticked(field)) {
      const on = [given].flat().includes(field.value);
      if (field.checked !== on) { field.checked = on; changed.push(field); }
      continue;
    }
    used[field.name] = (used[field.name] ?? -1) + 1;
    const value = Array.isArray(given) ? given[used[field.name]] : given;
    if (value !== undefined && field.value !== value) { field.value = value; changed.push(field); }
  }
  for (const field of changed) {
    const fold = field.closest("details:not([open])");
    if (fold) fold.open = true;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
  return changed.length > 0;
}

const same = (one, other) => JSON.stringify(one ?? null) === JSON.stringify(other ?? null);

function stateOf(form) {
  const found = form.querySelector("[data-draft-state]");
  if (found) return found;
  const made = Object.assign(document.createElement("p"), { className: "draft-state" });
  made.dataset.draftState = "";
  made.setAttribute("aria-live", "polite");
  const before = [...form.querySelectorAll(".actions, .btn")].findLast((one) => one.matches(".actions") || !one.closest(".actions"));
  if (before) before.after(made);
  else form.append(made);
  return made;
}

export default function drafts(form) {
  const name = `draft:${form.dataset.draftKey}`;
  const url = form.dataset.draftUrl;
  const drawn = read(form);
  const before = kept(name);
  const state = stateOf(form);
  const record = { values: drawn, base: before?.base ?? drawn, sent: before?.sent, number: before?.number, offered: before?.offered };
  let taken = true;
  let unsent = false;
  let restored = false;
  let said = "";
  let timer;

  function say(text, ...ways) {
    /* drawn anew between pressing and letting go, a button would not be pressed */
    const shown = [text, restored, ...ways.map(([label]) => label)].join("|");
    if (shown === said) return;
    said = shown;
    state.replaceChildren(text);
    for (const [label, run] of restored ? [...ways, [words().drop, drop]] : ways) {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-small", textContent: label });
      button.addEventListener("click", run);
      state.append(" ", button);
    }
  }
  function drop() {
    restored = false;
    delete record.offered;
    write(form, record.base);
    const gone = () => { clearTimeout(timer); forget(name); say(words().dropped); };
    if (url) keepThere().then(gone);
    else gone();
  }
  function bring(values) {
    restored = write(form, values) || restored;
    say(words().restored);
  }
  function offer() {
    const values = record.offered;
    say(words().offered, [words().bring, () => { delete record.offered; bring(values); keepHere(); say(words().restored); }],
      [words().drop, () => { delete record.offered; keepHere(); say(words().dropped); }]);
  }

  function keepHere() {
    record.values = read(form);
    if (same(record.values, record.base) && !url && !record.offered) { forget(name); taken = true; say(""); return; }
    taken = keep(name, record);
    if (!url) say(taken ? words().here : words().unkept);
  }
  async function keepThere() {
    clearTimeout(timer);
    unsent = false;
    record.sent = record.values = read(form);
    taken = keep(name, record);
    say(words().draftSaving);
    const answer = await send("PUT", url, { values: record.sent });
    say(answer.status >= 200 && answer.status < 300 ? words().draftSaved : taken ? words().here : words().unkept);
  }
  function typed() {
    keepHere();
    if (!url) return;
    unsent = true;
    clearTimeout(timer);
    timer = setTimeout(keepThere, 2000);
  }
  const leave = () => { if (unsent && form.isConnected) keepThere(); };

  /* what the server drew after a refusal is what was sent */
  const answered = "answer" in document.body.dataset && before?.number && !same(before.base, drawn);
  if (answered || (before && form.querySelector("[aria-invalid]"))) keep(name, { ...before, values: drawn });
  else if (before && !same(before.values, drawn)) {
    if (same(before.base, drawn) || same(before.sent, drawn)) bring(before.values);
    else Object.assign(record, { base: drawn, offered: before.values });
  } else if (before && !same(before.base, drawn)) {
    restored = true;
    say(words().restored);
  }
  if (record.offered) offer();

  form.addEventListener("input", typed);
  form.addEventListener("change", typed);
  form.addEventListener("focusout", leave);
  form.addEventListener("submit", (event) => {
    if (event.submitter?.matches("[data-no-enter]")) return;
    clearTimeout(timer);
    unsent = false;
    taken = true;
    record.number = crypto.randomUUID?.() ?? String(Math.random()).slice(2);
    record.values = read(form);
    if (!form.elements.draft) form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "draft" }));
    form.elements.draft.value = record.number;
    keep(name, record);
  });
  onLeaving(leave);
  risks.add(() => !taken && form.isConnected);
}
