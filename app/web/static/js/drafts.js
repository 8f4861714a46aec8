/* Keeps what is typed in a form. On a form with data-module="drafts":
     data-draft-key   names the draft on this device (sessionStorage), always used
     data-draft-url   PUT JSON {values: {field: text | [text]}} -> 204 | 401 | 404; optional
   Half a second after the last key the draft is kept on the device, two seconds after it on the server. After a reload, a lost
   network or an ended session the fields come back; what the server drew after a refusal wins over the draft. Files and hidden
   fields are never kept. Sending the form forgets the draft on the device; the server forgets its own when the act is done.
   A form that the server answers with the sign-in page is kept as well: the draft is forgotten only when another page arrives. */
import { send } from "./wire.js";

const skip = new Set(["csrf_token", "token", "id", "next", "decision"]);

function read(form) {
  const values = {};
  for (const field of form.elements) {
    if (!field.name || skip.has(field.name) || ["hidden", "file", "password", "submit", "button"].includes(field.type)) continue;
    if (["checkbox", "radio"].includes(field.type)) {
      values[field.name] ??= [];
      if (field.checked) values[field.name].push(field.value);
    } else values[field.name] = field.value;
  }
  return values;
}

function write(form, values) {
  let changed = false;
  for (const field of form.elements) {
    const value = values[field.name];
    if (value === undefined || skip.has(field.name)) continue;
    if (Array.isArray(value)) {
      const on = value.includes(field.value);
      changed ||= field.checked !== on;
      field.checked = on;
    } else if (["hidden", "file"].includes(field.type) === false && field.value !== value) {
      field.value = value;
      changed = true;
    }
  }
  return changed;
}

export default function drafts(form) {
  const key = `draft:${document.body.dataset.person ?? ""}:${form.dataset.draftKey}`;
  const state = form.querySelector("[data-draft-state]");
  const say = (word) => { if (state && state.dataset[word]) state.textContent = state.dataset[word]; };
  const kept = sessionStorage.getItem(key);
  const refused = form.querySelector("[aria-invalid]");
  if (kept && !refused && write(form, JSON.parse(kept))) say("restored");

  let here, there;
  const keepHere = () => sessionStorage.setItem(key, JSON.stringify(read(form)));
  const keepThere = async () => {
    if (!form.dataset.draftUrl || !form.isConnected) return;
    say("saving");
    const answer = await send("PUT", form.dataset.draftUrl, { values: read(form) });
    say(answer.status >= 200 && answer.status < 300 ? "saved" : "here");
  };
  const typed = () => {
    clearTimeout(here);
    clearTimeout(there);
    here = setTimeout(() => { keepHere(); if (!form.dataset.draftUrl) say("here"); }, 500);
    there = setTimeout(keepThere, 2000);
  };
  form.addEventListener("input", typed);
  form.addEventListener("change", typed);
  form.addEventListener("submit", () => {
    keepHere();
    clearTimeout(here);
    clearTimeout(there);
    sessionStorage.setItem("draft-sent", key);
  });
  addEventListener("pagehide", () => { if (form.isConnected && sessionStorage.getItem("draft-sent") !== key) keepHere(); });
}

/* The page after sending: when it is a page of the application and not this form again, the draft has done its work. */
const sent = sessionStorage.getItem("draft-sent");
if (sent) {
  sessionStorage.removeItem("draft-sent");
  const again = [...document.querySelectorAll("form[data-draft-key]")].some((form) => sent.endsWith(`:${form.dataset.draftKey}`));
  if (!again && document.body.dataset.person) sessionStorage.removeItem(sent);
}
