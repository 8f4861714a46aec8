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
    together(shown);
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
  return canvas;
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
