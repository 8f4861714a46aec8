/* The page of a draft: opens the editor (vendor/studio, built from tools/frontend/studio), saves, checks, says who else edits.
     PUT  data-save      {revision, xml}      -> 200 {revision, at} | 409 somebody saved meanwhile | 4xx {error}
     POST data-copy      {id, xml}            -> 200 {revision, at, url, message}    after a 409: what was drawn becomes a draft
     POST data-check     {xml}                -> 200 {sound, findings, states, milliseconds, repairs}
     POST data-scenarios {}                  -> 200 {revision, html}   the stored draft is played; html is empty when it changed or has errors
     POST data-presence  {}                   -> 200 {editors: [sentence]}
     POST data-repair    {revision, xml, kind, element, code} -> 200 {revision, at, xml}
   Saved a second after the last change, when the page is hidden and when it is left. What the server has not taken is kept on the
   device (device.js) and sent again. A page that opens below 800 px only reads. */
import { forget, keep, kept, onLeaving, risks } from "./device.js";
import { presence } from "./presence.js";
import { send } from "./wire.js";

const SAVE_AFTER = 1000, CHECK_AFTER = 400, RETRY_AFTER = 4000, PLAY_AFTER = 2000, PLAY_AGAIN_AFTER = 15000;
const READING = "(max-width: 799px)";
const bundle = new URL("../vendor/studio/studio.js", import.meta.url);

export default async function studio(root) {
  const { data, choices } = await load(root);
  if (!data) return;
  const find = (name) => root.querySelector(`[data-place=${name}]`);
  const places = { canvas: find("canvas"), panel: find("panel"), list: find("list"), findings: find("findings") };
  const page = new Page(root, data, choices.words);
  const { open } = await import(bundle.href);
  const views = viewSwitch(root, places, () => page.studio);
  try {
    const reads = matchMedia(READING).matches;
    const before = reads ? null : page.unsent();
    page.studio = await open({
      places, choices, reads, locale: choices.locale, xml: before?.xml ?? data.xml, onChange: () => page.changed(), onRepair: (...what) => page.repair(...what),
      onView: views,
    });
    page.begin(before);
  } catch (error) {
    page.say(choices.words["state.broken"].replace("%(message)s", error.message), "lost");
    page.check(data.xml);
  }
  toolbar(root, page);
  presence(root);
  /* ?show=ID: the form editor and the list of who reads a field lead to an element of the drawing. */
  const shown = new URLSearchParams(location.search).get("show");
  /* The panel begins to listen to what is chosen after it was painted. */
  if (shown) requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => page.studio?.show(shown))));
}

async function load(root) {
  try {
    const headers = { Accept: "application/json" };
    const answers = await Promise.all([fetch(root.dataset.url, { headers }), fetch(root.dataset.choices, { headers })]);
    if (!answers.every((answer) => answer.ok)) throw new Error("load");
    const [data, choices] = await Promise.all(answers.map((answer) => answer.json()));
    const own = new Set(data.forms.map((form) => form.value));
    const forms = [...data.forms, ...choices.forms.filter((form) => !own.has(form.value))];
    return { data, choices: { ...choices, forms, formsUrl: root.dataset.forms } };
  } catch {
    root.querySelector("[data-place=canvas]").textContent = root.dataset.failed;
    return {};
  }
}

class Page {
  constructor(root, data, words) {
    Object.assign(this, { root, words, revision: data.revision, saved: data.xml, savedAt: data.at, dirty: false, saving: null, timers: {}, taken: true });
    this.state = document.querySelector("[data-state]");
    this.notice = document.querySelector("[data-notice]");
    this.key = `studio:${root.dataset.draft}`;
  }

  /* What an earlier page could not send, if it was made on this or an earlier revision. */
  unsent() {
    const before = kept(this.key);
    if (!before?.xml || before.xml === this.saved) return null;
    /* The server took what was sent last, only its answer did not come: the rest goes on from there. */
    return before.sent === this.saved ? { ...before, revision: this.revision } : before;
  }

  async keepHere(xml = null) {
    const drawn = xml ?? (await this.studio.xml());
    if (this.dirty || xml) this.taken = keep(this.key, { xml: drawn, revision: this.revision, sent: this.sent });
    return drawn;
  }

  begin(before) {
    onLeaving(() => this.save(true));
    document.addEventListener("visibilitychange", () => { if (document.hidden) this.save(true); });
    risks.add(() => this.dirty && !this.taken && this.root.isConnected);
    addEventListener("online", () => this.save());
    document.addEventListener("click", (event) => this.storeBeforeLink(event), true);
    this.root.addEventListener("submit", (event) => this.storeBefore(event, () => event.target.submit()));
    if (before) {
      this.revision = before.revision;
      this.tell(this.words["state.restored"]);
      this.changed();
      return;
    }
    this.say(this.words["state.saved"].replace("%(time)s", this.savedAt), "good");
    this.studio.xml().then((xml) => this.check(xml));
  }

  /* The other pages of the draft show, play, propose or change what is stored: it is stored before one of them opens. */
  storeBeforeLink(event) {
    const link = event.target.closest?.("a[href]");
    const aside = event.button || event.ctrlKey || event.metaKey || event.shiftKey || link?.target;
    if (!link || aside || !link.getAttribute("href").startsWith(`${this.root.dataset.save}/`)) return;
    this.storeBefore(event, () => location.assign(link.href));
  }

  async storeBefore(event, go) {
    this.studio?.flush();
    if (!this.dirty && !this.saving) return;
    event.preventDefault();
    for (let tries = 0; tries < 3 && (this.dirty || this.saving); tries++) await this.save();
    go();
  }

  changed() {
    this.dirty = true;
    this.sound = false;
    this.unplay();
    this.say(this.words["state.unsaved"], "late");
    this.keepHere();
    this.later("save", SAVE_AFTER, () => this.save());
    this.later("check", CHECK_AFTER, async () => this.check(await this.studio.xml()));
    this.buttons?.();
  }

  later(name, wait, run) {
    clearTimeout(this.timers[name]);
    this.timers[name] = setTimeout(run, wait);
  }

  say(text, look = "") {
    this.state.textContent = text;
    this.state.dataset.look = look;
  }

  tell(text, url = "", label = "") {
    this.notice.hidden = false;
    const place = this.notice.querySelector("span");
    place.replaceChildren(text);
    if (url) place.append(" ", Object.assign(document.createElement("a"), { href: url, textContent: label }));
  }

  async save(leaving = false) {
    if (leaving) this.studio?.flush();
    if (!this.dirty || !this.studio) return;
    clearTimeout(this.timers.save);
    if (this.saving) { this.again = true; return this.saving; }
    this.saving = this.#save().finally(() => {
      this.saving = null;
      if (this.again) { this.again = false; this.save(); }
    });
    return this.saving;
  }

  async #save() {
    const xml = await this.studio.xml();
    this.dirty = false;
    this.sent = xml;
    this.keepHere(xml);
    this.say(this.words["state.saving"]);
    const answer = await send("PUT", this.root.dataset.save, { revision: this.revision, xml });
    if (answer.status === 200) return this.accepted(answer.body, xml);
    if (answer.status === 409) return this.copy(xml);
    this.notTaken(answer);
  }

  /* Refused: it is said, and the next change tries again. Not reached: sent again in a while. */
  notTaken({ status, body }) {
    this.dirty = true;
    if (status >= 400 && status < 500 && ![401, 429].includes(status)) {
      const message = Object.values(body?.error?.fields ?? {}).flat()[0] ?? body?.error?.message ?? "";
      this.say(this.words["state.refused"].replace("%(message)s", message), "lost");
      return;
    }
    this.say(this.words[this.taken ? "state.kept" : "state.unkept"], "late");
    this.later("save", RETRY_AFTER, () => this.save());
  }

  accepted({ revision, at }, xml) {
    this.revision = revision;
    this.saved = xml;
    this.taken = true;
    if (!this.dirty) {
      forget(this.key);
      this.say(this.words["state.saved"].replace("%(time)s", at), "good");
      this.playLater();
    }
  }

  /* Somebody saved meanwhile: what was drawn here goes on as a draft of its own. The id is chosen with the page, so sending
     it twice makes one draft. */
  async copy(xml) {
    const { copy, copyId, draft } = this.root.dataset;
    const answer = await send("POST", copy, { id: copyId, xml });
    if (answer.status !== 200) return this.notTaken(answer);
    const other = location.pathname;
    forget(this.key);
    for (const [name, url] of Object.entries(this.root.dataset)) {
      if (["save", "copy", "check", "scenarios", "presence", "repair", "url", "forms"].includes(name)) this.root.dataset[name] = url.replace(draft, copyId);
    }
    this.studio.choices.formsUrl = this.root.dataset.forms;
    for (const link of document.querySelectorAll(`.studio-actions a, .studio-more form`)) {
      const name = link.tagName === "FORM" ? "action" : "href";
      link.setAttribute(name, link.getAttribute(name).replace(draft, copyId));
    }
    this.root.dataset.draft = copyId;
    this.root.dataset.copyId = crypto.randomUUID();
    this.key = `studio:${copyId}`;
    history.replaceState(null, "", answer.body.url);
    this.accepted(answer.body, xml);
    this.tell(answer.body.message, other, this.words["copy.open"]);
  }

  /* The newest drawing wins: an answer about an earlier one is dropped. */
  async check(xml) {
    const number = (this.checks = (this.checks ?? 0) + 1);
    const answer = await send("POST", this.root.dataset.check, { xml });
    if (number !== this.checks) return;
    if (answer.status === 200) {
      this.studio?.setFindings({ failed: false, ...answer.body });
      this.sound = answer.body.sound === true;
      this.playLater();
      this.root.dataset.checked = String(number);
    }
    else {
      this.studio?.setFindings({ failed: true });
      this.later("check", RETRY_AFTER, async () => this.check(await this.studio.xml()));
    }
  }

  /* Scenarios are played on the stored draft: not before everything is saved, and the newest check has found no error. */
  playLater(wait = PLAY_AFTER) {
    const place = this.root.querySelector("[data-place=scenarios]");
    if (!this.sound) place.hidden = true;
    if (this.sound && !this.dirty) this.later("play", wait, () => this.play(place));
  }

  /* What is shown is about an earlier drawing; an answer that is on its way is dropped. */
  unplay() {
    clearTimeout(this.timers.play);
    this.plays = (this.plays ?? 0) + 1;
    this.root.querySelector("[data-place=scenarios]").classList.add("is-old");
  }

  async play(place) {
    const number = (this.plays = (this.plays ?? 0) + 1);
    place.hidden = false;
    if (!place.childElementCount) place.textContent = place.dataset.running;
    const answer = await send("POST", this.root.dataset.scenarios, {});
    if (number !== this.plays) return;
    if (answer.status !== 200) {
      if (!place.childElementCount) place.hidden = true;
      if (![403, 404].includes(answer.status)) this.playLater(PLAY_AGAIN_AFTER);
      return;
    }
    this.showPlayed(place, answer.body.html);
    place.hidden = !answer.body.html;
    place.classList.remove("is-old");
    place.dataset.played = String(number);
  }

  /* A list of scenarios that was folded stays folded; on a low screen it begins so, because it takes room from the drawing. */
  showPlayed(place, html) {
    const before = place.querySelector("details");
    const open = before ? before.open : !matchMedia("(max-height: 799px) and (min-width: 800px)").matches;
    place.innerHTML = html;
    const list = place.querySelector("details");
    if (list) list.open = open;
  }

  async repair(kind, element, code) {
    await this.save();
    const xml = await this.studio.xml();
    const answer = await send("POST", this.root.dataset.repair, { revision: this.revision, xml, kind, element, code });
    if (answer.status === 409) return this.copy(xml);
    if (answer.status !== 200) return this.say(this.words["state.refused"].replace("%(message)s", answer.body?.error?.message ?? ""), "lost");
    await this.studio.replace(answer.body.xml);
    this.dirty = false;
    this.accepted(answer.body, answer.body.xml);
    this.tell(this.words["repair.done"]);
    this.check(answer.body.xml);
    this.buttons?.();
  }
}

function toolbar(root, page) {
  const does = {
    undo: (studio) => studio.undo(), redo: (studio) => studio.redo(), find: (studio) => studio.find(), "zoom-in": (studio) => studio.zoom(1),
    "zoom-out": (studio) => studio.zoom(-1), "zoom-fit": (studio) => studio.fit(true),
    map: (studio, button) => button.setAttribute("aria-pressed", String(studio.toggleMap())),
  };
  for (const button of root.querySelectorAll("[data-does]")) {
    button.addEventListener("click", () => { if (page.studio) does[button.dataset.does](page.studio, button); });
  }
  page.buttons = () => {
    root.querySelector("[data-does=undo]").disabled = !page.studio?.canUndo();
    root.querySelector("[data-does=redo]").disabled = !page.studio?.canRedo();
  };
  page.buttons();
  page.studio?.eventBus.on("commandStack.changed", page.buttons);
}

function viewSwitch(root, places, studio) {
  const show = (name) => {
    places.list.hidden = name !== "list";
    root.querySelector("[data-place=drawing]").hidden = name === "list";
    places.panel.hidden = name === "list";
    root.classList.toggle("is-list", name === "list");
    for (const button of root.querySelectorAll("[data-view]")) button.setAttribute("aria-pressed", String(button.dataset.view === name));
    studio()?.drawList();
  };
  for (const button of root.querySelectorAll("[data-view]")) button.addEventListener("click", () => show(button.dataset.view));
  return show;
}
