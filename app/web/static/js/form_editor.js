/* The editor of one form: saves a second after a change, when the page is hidden and when it is left; shows findings and how
   people will see it.
     POST action       JSON {do: "autosave" | "copy", seen, id, values} -> 200 {revision, at, findings} | 409 changed meanwhile | 422
     GET  data-check   -> 200 {findings: [{field, severity, message, remedy}], elsewhere: [{message, element}]}
   Buttons send the form as it is and draw the page anew; one that is pressed while something is being saved waits for it.
   What stands inside [data-skip], and a new answer, is sent by buttons only. What the server has not taken is kept on the device
   (device.js) and comes back with the page, unless the form has other fields by then. */
import { forget, keep, kept, onLeaving, risks } from "./device.js";
import { read, write } from "./drafts.js";
import { presence } from "./presence.js";
import { send } from "./wire.js";

const SAVE_AFTER = 1000, CHECK_AFTER = 300, RETRY_AFTER = 4000;

export default function formEditor(form) {
  const state = form.querySelector("[data-state]");
  const seen = form.elements.seen;
  const name = `form:${new URL(form.action).pathname}`;
  const fields = () => [...form.querySelectorAll("input[type=hidden][name$='-key'], input[type=hidden][name$='-value']")].map((one) => one.value).join();
  let dirty = false, saving = null, timer, checks = 0, leaves = false, taken = true;

  const say = (text, look = "") => { state.textContent = text; state.dataset.look = look; };
  const later = (wait, run) => { clearTimeout(timer); timer = setTimeout(run, wait); };
  const counts = (field) => field.name && !field.closest("[data-skip]") && !/(^|-)new-/.test(field.name);

  function values() {
    const found = {};
    for (const field of form.elements) {
      if (!counts(field) || ["submit", "button"].includes(field.type) || ["csrf_token", "seen", "id", "do", "draft"].includes(field.name)) continue;
      if (["checkbox", "radio"].includes(field.type) && !field.checked) continue;
      found[field.name] = field.name in found ? [found[field.name], field.value].flat() : field.value;
    }
    return found;
  }

  const keepHere = (number) => { taken = keep(name, { values: read(form), seen: seen.value, fields: fields(), number }); };
  const added = () => [...form.querySelectorAll("input[name*='new-']")].some((field) => field.value.trim());
  const body = (what) => ({ do: what, seen: Number(seen.value), id: form.elements.id.value, values: values() });

  function changed() {
    dirty = true;
    say(form.dataset.unsaved, "late");
    later(SAVE_AFTER, save);
  }

  /* What an earlier page could not send: it was typed into the same fields, and is sent as made on the state of that page. */
  function restore() {
    const before = kept(name);
    if (!before || form.closest("[data-answer]")) return;
    if (before.fields !== fields() || !write(form, before.values)) return forget(name);
    seen.value = before.seen;
    changed();
  }

  async function save() {
    if (!dirty || leaves) return;
    if (saving) return saving;
    clearTimeout(timer);
    saving = once().finally(() => { saving = null; });
    await saving;
    if (dirty && !leaves) later(SAVE_AFTER, save);
  }

  async function once() {
    dirty = false;
    say(form.dataset.saving);
    const answer = await send("POST", form.action, body("autosave"));
    if (answer.status === 200) {
      seen.value = answer.body.revision;
      if (!dirty) {
        say(form.dataset.saved.replace("%(time)s", answer.body.at), "good");
        if (added()) keepHere();
        else forget(name);
      }
      draw(answer.body.findings);
      preview.draw();
      setTimeout(check, CHECK_AFTER);
    } else if (answer.status === 409) {
      await copy();
    } else if (answer.status >= 400 && answer.status < 500 && ![401, 429].includes(answer.status)) {
      const message = Object.values(answer.body?.error?.fields ?? {}).flat()[0] ?? answer.body?.error?.message ?? "";
      say(form.dataset.refused.replace("%(message)s", message), "lost");
    } else {
      dirty = true;
      say(form.dataset.kept, "late");
      later(RETRY_AFTER, save);
    }
  }

  /* Somebody changed this form meanwhile: what is typed here goes on as a draft of its own. */
  async function copy() {
    const answer = await send("POST", form.action, body("copy"));
    if (answer.status !== 200) return say(form.dataset.kept, "late");
    leaves = true;
    forget(name);
    location.assign(answer.body.url);
  }

  function draw(findings) {
    for (const place of form.querySelectorAll("[data-findings-of]")) {
      const rows = findings.filter((one) => one.field === place.dataset.findingsOf);
      place.replaceChildren(...rows.map((one) => {
        const line = Object.assign(document.createElement("p"), { className: `form-finding form-finding-${one.severity}` });
        line.append(Object.assign(document.createElement("span"), { textContent: `${one.message} ${one.remedy}` }));
        return line;
      }));
    }
  }

  async function check() {
    const number = ++checks;
    const answer = await send("GET", form.dataset.check);
    if (number !== checks || answer.status !== 200) return;
    draw(answer.body.findings);
    const place = form.querySelector("[data-errors-elsewhere]");
    const { elsewhere } = answer.body;
    place.hidden = !elsewhere.length;
    const link = place.querySelector("a");
    link.textContent = form.dataset.elsewhere.replace("%(count)s", elsewhere.length);
    link.title = elsewhere.slice(0, 5).map((one) => one.message).join("\n");
    form.dataset.checked = String(number);
  }

  const preview = previewOf(form);
  form.addEventListener("input", ({ target }) => {
    keepHere();
    if (counts(target)) changed();
  });
  form.addEventListener("change", ({ target }) => {
    if (target.matches("[data-draws-anew]")) form.querySelector("button[value=save]").click();
  });
  form.addEventListener("submit", async (event) => {
    clearTimeout(timer);
    if (saving) {
      event.preventDefault();
      await saving;
      if (!leaves) form.requestSubmit(event.submitter);
      return;
    }
    leaves = true;
    dirty = false;
    /* Kept until the server says that it has this number: it may not be reached. */
    const number = crypto.randomUUID?.() ?? String(Math.random()).slice(2);
    if (!form.elements.draft) form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "draft" }));
    form.elements.draft.value = number;
    keepHere(number);
  });
  addEventListener("pageshow", ({ persisted }) => { if (persisted) leaves = false; });
  onLeaving(save);
  document.addEventListener("visibilitychange", () => { if (document.hidden) save(); });
  addEventListener("online", save);
  risks.add(() => (dirty || added()) && !taken && !leaves && form.isConnected);
  restore();
  presence(form);
  check();
}

/* The frame is as wide as the chosen screen and is made smaller to fit beside the fields; it is as high as what stands in it. */
function previewOf(form) {
  const room = form.querySelector("[data-preview]");
  const frame = room.querySelector("iframe");
  const address = frame.src.split("?")[0];
  let width = matchMedia("(max-width: 767px)").matches ? 360 : 1440;
  let language = form.querySelector("[data-lang][aria-pressed=true]").dataset.lang;

  function fit() {
    const scale = Math.min(1, room.clientWidth / width);
    frame.width = width;
    frame.style.transform = `scale(${scale})`;
    frame.style.marginInline = scale === 1 ? "auto" : "0";
    const page = frame.contentDocument?.documentElement;
    const height = Math.max(page?.querySelector("main")?.getBoundingClientRect().bottom ?? 0, 240) + 24;
    frame.height = height;
    room.style.height = `${Math.ceil(height * scale)}px`;
  }
  /* Replaced, so that the way back leads to the page before this one and not through every preview. */
  function draw() { frame.contentWindow.location.replace(`${address}?lang=${language}`); }
  function press(name, value) {
    for (const button of form.querySelectorAll(`[data-${name}]`)) button.setAttribute("aria-pressed", String(button.dataset[name] === value));
  }
  for (const button of form.querySelectorAll("[data-width]")) {
    button.addEventListener("click", () => { width = Number(button.dataset.width); press("width", button.dataset.width); fit(); });
  }
  for (const button of form.querySelectorAll("[data-lang]")) {
    button.addEventListener("click", () => { language = button.dataset.lang; press("lang", language); draw(); });
  }
  press("width", String(width));
  frame.addEventListener("load", fit);
  new ResizeObserver(fit).observe(room);
  fit();
  return { draw };
}
