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

/* The names that people read stand beside the drawing, in their language; a pool is called as its process. */
export function rename(elements, names) {
  for (const element of Object.values(elements)) {
    const name = names[element.processRef?.id ?? element.id];
    if (name) element.name = name;
  }
  placeLabels(Object.values(elements).filter((part) => part.bpmnElement));
}

/* The room of a label was measured for the drawing's own words. In other words it may lie over a line, a step or another
   label, so each gets the free place nearest to its element: what it names first, then along its arrow. */
const LABEL = { width: 90, line: 13.2, gap: 3 };

function placeLabels(parts) {
  const plain = (part) => !part.bpmnElement.$type.match(/Lane|Participant/);
  const boxes = parts.filter((part) => part.bounds && plain(part)).map((part) => part.bounds);
  const lines = parts.flatMap((part) => segments(part.waypoint ?? []));
  const borders = parts.filter((part) => part.bounds && !plain(part)).flatMap(({ bounds: { x, y, width, height } }) =>
    [y, y + height].map((level) => ({ x1: x, y1: level, x2: x + width, y2: level })));
  const placed = [];
  const labelled = parts.filter((part) => part.label?.bounds && part.bpmnElement.name?.trim() && plain(part));
  for (const part of labelled.sort((one, other) => Boolean(other.bounds) - Boolean(one.bounds))) {
    const size = measure(part.bpmnElement.name.trim());
    const places = part.bounds ? placesAround(part.bounds, part.label.bounds, size) : placesAlong(part.waypoint, size);
    let best = { cost: Infinity };
    for (const [number, place] of places.entries()) {
      const box = { ...place, width: size.width, height: size.height };
      const cost = number * 0.15
        + 8 * boxes.reduce((sum, other) => sum + shared(box, other), 0)
        + 8 * placed.reduce((sum, other) => sum + shared(box, other), 0)
        + 3 * lines.filter((line) => meets(line, box)).length
        + borders.filter((line) => meets(line, box)).length;
      if (cost < best.cost) best = { cost, box };
    }
    if (!best.box) continue;
    placed.push(best.box);
    /* bpmn-js centres a text in its room and breaks it at the room's width. */
    const { x, y, width, height } = best.box;
    Object.assign(part.label.bounds, { x: x + width / 2 - size.room / 2, y, width: size.room, height });
  }
}

function segments(points) {
  return points.slice(1).map((to, at) => ({ x1: points[at].x, y1: points[at].y, x2: to.x, y2: to.y }));
}

/* The size of a text that is broken between words, and the width it is broken at. */
function measure(text) {
  measure.pen ??= document.createElement("canvas").getContext("2d");
  measure.pen.font = `${TEXT.externalStyle.fontSize}px Arial, sans-serif`;
  const length = (words) => measure.pen.measureText(words).width;
  const words = text.split(/\s+/);
  const room = Math.max(LABEL.width, ...words.map((word) => length(word) + 4));
  const rows = [];
  for (const word of words) {
    const longer = rows.length ? `${rows.at(-1)} ${word}` : word;
    if (rows.length && length(longer) + 2 <= room) rows[rows.length - 1] = longer;
    else rows.push(word);
  }
  return { room, width: Math.max(...rows.map(length)) + 2, height: rows.length * LABEL.line };
}

/* Left upper corners of a label of a shape, the drawing's own side first. */
function placesAround({ x, y, width, height }, drawn, size) {
  const [left, right] = [x - size.width - LABEL.gap, x + width + LABEL.gap];
  const [above, below] = [y - size.height - LABEL.gap, y + height + LABEL.gap];
  const [middle, level] = [x + width / 2 - size.width / 2, y + height / 2 - size.height / 2];
  const own = drawn.y + drawn.height / 2 < y + height / 2 ? above : below;
  const edge = [y + 6 - size.height, y + height - 6];
  return [
    [middle, own], [middle, own === above ? below : above],
    ...(own === above ? [edge[0], edge[1]] : [edge[1], edge[0]]).flatMap((at) => [[right, at], [left, at]]),
    [right, level], [left, level],
    [middle, above - LABEL.line], [middle, below + LABEL.line],
  ].map(([px, py]) => ({ x: px, y: py }));
}

/* Left upper corners of a label of an arrow: beside its first lines, near their beginning and further on. */
function placesAlong(points, size) {
  return segments(points).slice(0, 3).flatMap(({ x1, y1, x2, y2 }) => {
    const flat = Math.abs(y2 - y1) < 1;
    const way = Math.sign(flat ? x2 - x1 : y2 - y1) || 1;
    return [6, 26, 60, 110].filter((far) => far < Math.abs(flat ? x2 - x1 : y2 - y1)).flatMap((far) => {
      const [x, y] = flat ? [x1 + way * far, y1] : [x1, y1 + way * far];
      const from = (at, long) => (way > 0 ? at : at - long);
      return flat
        ? [[from(x, size.width), y - size.height - 1], [from(x, size.width), y + LABEL.gap]]
        : [[x + LABEL.gap + 1, from(y, size.height)], [x - size.width - LABEL.gap - 1, from(y, size.height)]];
    });
  }).map(([x, y]) => ({ x, y }));
}

/* The part of a label that a box covers, from 0 to 1. */
function shared(label, box) {
  const wide = Math.min(label.x + label.width, box.x + box.width) - Math.max(label.x, box.x);
  const high = Math.min(label.y + label.height, box.y + box.height) - Math.max(label.y, box.y);
  return wide > 0 && high > 0 ? 0.2 + (wide * high) / (label.width * label.height) : 0;
}

function meets({ x1, y1, x2, y2 }, { x, y, width, height }) {
  return Math.min(x1, x2) < x + width && Math.max(x1, x2) > x && Math.min(y1, y2) < y + height - 1 && Math.max(y1, y2) > y + 1;
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
