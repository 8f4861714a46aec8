/* Draws a diagram when it is unfolded. On <details data-module="diagram" data-url>, which answers one of:
     a case     {xml, names: {id: text}, done: [element ids], open: [element ids], path: [flow ids]}    where it is and how it came there
     a process  {xml, names: {id: text}, steps: [{id, url, title, open, late, level, text}]}      who waits where, in words
   Markers: at-open (is here now), at-done, on-path, is-step, is-chosen, heat-1 to heat-4 (what is painted); drawn by css/case.css and css/process.css. bpmn-js is
   loaded only then and unmodified, its watermark stays. The page's CSP needs style-src-attr 'unsafe-inline' for it. */

const base = new URL("../vendor/bpmn-js/", import.meta.url);
let viewer = null;
/* A long word of ours, "преподавателя", fits into a step at this size and is not broken. */
const TEXT = { defaultStyle: { fontSize: 11 }, externalStyle: { fontSize: 11 } };

export function load() {
  viewer ??= new Promise((resolve, reject) => {
    for (const name of ["diagram-js.css", "bpmn-js.css"]) {
      document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: new URL(name, base).href }));
    }
    const script = Object.assign(document.createElement("script"), { src: new URL("bpmn-navigated-viewer.production.min.js", base).href });
    script.onload = () => resolve(window.BpmnJS);
    script.onerror = () => { viewer = null; reject(new Error("viewer")); };
    document.head.append(script);
  });
  return viewer;
}

async function draw(details) {
  const room = details.querySelector(".diagram-canvas");
  if (room.dataset.drawn) return;
  room.dataset.drawn = "yes";
  try {
    const [Viewer, answer] = await Promise.all([load(), fetch(details.dataset.url, { headers: { Accept: "application/json" } })]);
    if (!answer.ok) throw new Error(String(answer.status));
    const { xml, names = {}, steps, done = [], open = [], path = [] } = await answer.json();
    const shown = new Viewer({ container: room, zoomScroll: { enabled: !steps }, textRenderer: TEXT });
    shown.on("import.parse.complete", ({ elementsById }) => rename(elementsById ?? {}, names));
    await shown.importXML(xml);
    const canvas = shown.get("canvas");
    const registry = shown.get("elementRegistry");
    const paint = (ids, marker) => { for (const id of ids) if (registry.get(id)) canvas.addMarker(id, marker); };
    paint(path, "on-path");
    paint(done.filter((id) => !open.includes(id)), "at-done");
    paint(open, "at-open");
    canvas.zoom("fit-viewport", "auto");
    const painted = (steps ?? []).filter((step) => step.level);
    const hottest = painted.find((step) => step.text === step.open && step.late) ?? painted.find((step) => step.level === 4);
    focus(canvas, registry, open.concat((hottest ?? steps?.[0])?.id ?? []), room);
    if (steps) live(details, shown, steps);
  } catch {
    delete room.dataset.drawn;
    room.textContent = room.dataset.failed;
  }
}

/* The names that people read stand beside the drawing, in their language; a pool is called as its process. The room of a
   label was measured for the drawing's own words: it grows until the longest word of the others fits. */
export function rename(elements, names) {
  for (const element of Object.values(elements)) {
    const name = names[element.processRef?.id ?? element.id];
    if (name) element.name = name;
  }
  for (const { bpmnElement, bounds, label } of Object.values(elements)) {
    if (!label?.bounds || !bpmnElement?.name) continue;
    const more = Math.max(...bpmnElement.name.split(/\s+/).map((word) => word.length)) * 6.5 + 4 - label.bounds.width;
    if (more <= 0) continue;
    label.bounds.width += more;
    if (bounds) label.bounds.x -= more / 2;
  }
}

/* On a small screen the whole diagram would be unreadable: show the place of the token instead. */
function focus(canvas, registry, open, room) {
  const here = registry.get(open[0]);
  if (!here || canvas.zoom() > 0.55) return;
  const scale = 0.8;
  canvas.viewbox({
    x: here.x + here.width / 2 - room.clientWidth / scale / 2, y: here.y + here.height / 2 - room.clientHeight / scale / 2,
    width: room.clientWidth / scale, height: room.clientHeight / scale,
  });
}

/* The map of a process: each step carries who waits there and opens its facts. */
function live(details, shown, steps) {
  const canvas = shown.get("canvas");
  const registry = shown.get("elementRegistry");
  const drawn = new Map(steps.filter((step) => registry.get(step.id)).map((step) => [step.id, step]));
  for (const step of drawn.values()) {
    canvas.addMarker(step.id, "is-step");
    if (step.level) canvas.addMarker(step.id, `heat-${step.level}`);
    if (step.level) shown.get("overlays").add(step.id, "load", { position: { top: -20, left: -8 }, html: badge(step), scale: { min: 0.8, max: 1.1 } });
  }
  shown.on("element.click", ({ element }) => { if (drawn.has(element.id)) follow(drawn.get(element.id)); });
  const choose = () => {
    const chosen = document.getElementById("live")?.dataset.chosen;
    for (const id of drawn.keys()) canvas[id === chosen ? "addMarker" : "removeMarker"](id, "is-chosen");
  };
  document.addEventListener("htmx:after:swap", () => { choose(); open(); });
  choose();
  zooming(details.querySelector(".diagram-zoom"), canvas);
}

function badge(step) {
  const link = Object.assign(document.createElement("a"), { className: "step-badge", href: step.url });
  const part = (text, className) => { link.append(Object.assign(document.createElement("span"), { className, textContent: text })); };
  part(`${step.title}: `, "unseen");
  if (step.level) {
    part(step.text, "heat");
    link.lastChild.prepend(bars(step.level));
    link.append(" ");
  }
  if (step.late && step.text === step.open) part(step.late, "load load-late");
  link.addEventListener("click", (event) => { event.preventDefault(); follow(step); });
  return link;
}

/* The level as a shape: so many of four bars are full. */
function bars(level) {
  const shape = Object.assign(document.createElement("span"), { className: "heat-bars", ariaHidden: "true" });
  for (let bar = 1; bar <= 4; bar++) shape.append(Object.assign(document.createElement("i"), { className: bar <= level ? "is-full" : "" }));
  return shape;
}

/* The step's own link in the list knows how to open it in place. */
function follow(step) {
  const link = document.querySelector(`a[data-step="${CSS.escape(step.id)}"][hx-get]`);
  if (link && new URL(link.href).search === new URL(step.url, location.href).search) link.click();
  else location.assign(step.url);
}

/* Where the facts of a step have opened, reading goes on. */
function open() {
  const facts = document.getElementById("step");
  if (!facts) return;
  facts.focus({ preventScroll: true });
  const { top } = facts.getBoundingClientRect();
  if (top < 0 || top > innerHeight * 0.7) facts.scrollIntoView({ block: "start" });
}

function zooming(tools, canvas) {
  if (!tools) return;
  tools.hidden = false;
  tools.addEventListener("click", (event) => {
    const how = event.target.closest("[data-zoom]")?.dataset.zoom;
    if (how === "fit") canvas.zoom("fit-viewport", "auto");
    else if (how) canvas.zoom(Math.min(Math.max(canvas.zoom() * (how === "in" ? 1.25 : 0.8), 0.2), 3));
  });
}

export default function diagram(details) {
  const shown = () => { if (details.open) draw(details); };
  details.addEventListener("toggle", shown);
  shown();
}
