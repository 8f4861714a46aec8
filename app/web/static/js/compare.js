/* Two drawings side by side with what differs. On <div data-module="compare" data-url> with two .diagram-canvas[data-side]; the
   address answers {before: {xml, names: {id: text}, marks: {id: added|removed|changed|moved}}, after: ...}. Moving or zooming
   one drawing moves the other. The list of changes on the page says the same in words. */
import { load, rename } from "./diagram.js";

export default async function compare(room) {
  const canvases = [...room.querySelectorAll("[data-side]")];
  try {
    const [Viewer, answer] = await Promise.all([load(), fetch(room.dataset.url, { headers: { Accept: "application/json" } })]);
    if (!answer.ok) throw new Error(String(answer.status));
    const sides = await answer.json();
    const shown = [];
    for (const box of canvases) shown.push(await draw(Viewer, box, sides[box.dataset.side]));
    together(shown.map((side) => side.canvas));
    show(shown);
  } catch {
    for (const box of canvases) box.textContent = room.dataset.failed;
  }
}

async function draw(Viewer, box, { xml, names, marks }) {
  const viewer = new Viewer({ container: box, textRenderer: { defaultStyle: { fontSize: 11 }, externalStyle: { fontSize: 11 } } });
  viewer.on("import.parse.complete", ({ elementsById }) => rename(elementsById ?? {}, names));
  await viewer.importXML(xml);
  const canvas = viewer.get("canvas");
  const registry = viewer.get("elementRegistry");
  for (const [id, mark] of Object.entries(marks)) if (registry.get(id)) canvas.addMarker(id, `is-${mark}`);
  canvas.zoom("fit-viewport", "auto");
  return { canvas, marked: Object.keys(marks).map((id) => registry.get(id)).filter((element) => element?.width) };
}

/* Words of a whole diagram are too small to read beside another one: show where something differs, with what is around it. */
function show(sides) {
  const { canvas, marked } = sides.find((side) => side.marked.length) ?? sides[0];
  if (!marked.length || canvas.zoom() > 0.6) return;
  const left = Math.min(...marked.map((element) => element.x));
  const top = Math.min(...marked.map((element) => element.y));
  const { clientWidth, clientHeight } = canvas.getContainer();
  const [width, height] = [clientWidth / 0.7, clientHeight / 0.7];
  const right = Math.max(...marked.map((element) => element.x + element.width));
  const bottom = Math.max(...marked.map((element) => element.y + element.height));
  const [x, y] = [middle(left, right, width), middle(top, bottom, height)];
  canvas.viewbox({ x, y, width, height });
}

function middle(from, to, room) {
  return to - from < room ? (from + to - room) / 2 : from - 40;
}

/* The second drawing follows the first one and the other way round; an echo is not followed. */
function together(canvases) {
  let leading = null;
  for (const canvas of canvases) {
    canvas._eventBus.on("canvas.viewbox.changed", ({ viewbox }) => {
      if (leading && leading !== canvas) return;
      leading = canvas;
      for (const other of canvases) if (other !== canvas) other.viewbox({ x: viewbox.x, y: viewbox.y, width: viewbox.width, height: viewbox.height });
      leading = null;
    });
  }
}
