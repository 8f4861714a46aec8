/* Draws a case's diagram with its token and its path when it is unfolded. On <details data-module="diagram" data-url>:
     GET data-url (e.g. /cases/<id>/diagram.json) -> {xml, done: [element ids], open: [element ids], path: [flow ids]}
   Markers: at-open (is here now), at-done, on-path; drawn by css/case.css. bpmn-js is loaded only then and unmodified, its
   watermark stays. The page's CSP needs style-src-attr 'unsafe-inline' for it. */

const base = new URL("../vendor/bpmn-js/", import.meta.url);
let viewer = null;

function load() {
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
    const { xml, done = [], open = [], path = [] } = await answer.json();
    const shown = new Viewer({ container: room });
    await shown.importXML(xml);
    const canvas = shown.get("canvas");
    const registry = shown.get("elementRegistry");
    const paint = (ids, marker) => { for (const id of ids) if (registry.get(id)) canvas.addMarker(id, marker); };
    paint(path, "on-path");
    paint(done.filter((id) => !open.includes(id)), "at-done");
    paint(open, "at-open");
    canvas.zoom("fit-viewport", "auto");
    focus(canvas, registry, open, room);
  } catch {
    delete room.dataset.drawn;
    room.textContent = room.dataset.failed;
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

export default function diagram(details) {
  const shown = () => { if (details.open) draw(details); };
  details.addEventListener("toggle", shown);
  shown();
}
