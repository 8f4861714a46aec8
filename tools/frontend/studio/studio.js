/* The editor of diagrams: bpmn-js with our vocabulary, offers, panel, list of steps and findings.
     open({places: {canvas, panel, list, findings}, xml, choices, locale, reads, onChange, onRepair, onView}) -> studio
   reads: the drawing is looked at only.
   studio: xml(), replace(xml), select(id), show(id), check state by setFindings(answer); it knows no request and no page. */
import Modeler from "bpmn-js/lib/Modeler";
import { BpmnPropertiesPanelModule } from "bpmn-js-properties-panel";
import { CreateAppendAnythingModule } from "bpmn-js-create-append-anything";
import NativeCopyPasteModule from "bpmn-js-native-copy-paste";
import MinimapModule from "diagram-js-minimap";
import { getLabel } from "bpmn-js/lib/util/LabelUtil";
import depter from "./depter-moddle.js";
import offers from "./offers.js";
import { flushTexts } from "./components.js";
import { DepterProperties } from "./panel.js";
import { ReadableFactory } from "./ids.js";
import { Drawing, carrierOf, getBusinessObject, is, kindOf, outgoingOf, textOf, titleOf } from "./model.js";
import { drawList } from "./steps.js";
import { drawFindings, paint } from "./findings.js";
import { shapeOf } from "./shapes.js";
import { translator } from "./texts.js";
import "./studio.css";

export { depter };

const EDGE = 20, READABLE = 0.65;

/* Nothing is allowed, and no label is opened by a press: a drawing on a small screen is moved with the finger, not changed. */
const READ_ONLY = { rules: ["value", { allowed: () => false }], labelEditingProvider: ["value", null], directEditing: ["value", Object.fromEntries(
  ["activate", "cancel", "complete", "isActive", "registerProvider", "getValue", "close"].map((name) => [name, () => undefined]),
)] };

export async function open({ places, xml, choices, locale, reads, onChange, onRepair, onView }) {
  const modeler = new Modeler({
    container: places.canvas,
    additionalModules: [
      BpmnPropertiesPanelModule, CreateAppendAnythingModule, NativeCopyPasteModule, MinimapModule, offers,
      {
        translate: ["value", translator(locale)],
        __init__: ["depterDrawing", "depterProperties"],
        depterDrawing: ["type", Drawing],
        depterProperties: ["type", DepterProperties],
        bpmnFactory: ["type", ReadableFactory],
      },
      ...(reads ? [READ_ONLY] : []),
    ],
    ...(reads ? { keyboard: { bind: false } } : {}),
    moddleExtensions: { depter },
    propertiesPanel: { parent: places.panel },
    /* A long word of ours, "преподавателя", fits into a step at this size and is not broken. */
    textRenderer: { defaultStyle: { fontSize: 11 }, externalStyle: { fontSize: 11 } },
  });
  const studio = new Studio(modeler, places, choices, locale, { onChange, onRepair, onView });
  await studio.replace(xml);
  return studio;
}

class Studio {
  constructor(modeler, places, choices, locale, hooks) {
    Object.assign(this, { modeler, places, choices, locale, words: choices.words, hooks });
    for (const name of ["canvas", "overlays", "eventBus", "selection", "commandStack", "modeling", "elementFactory"]) this[name] = modeler.get(name);
    this.drawing = modeler.get("depterDrawing");
    this.drawing.language = locale;
    modeler.get("depterProperties").studio = this;
    this.state = { findings: [], repairs: [], checking: true, first: true };
    this.drawList = drawList(this, places.list);
    this.eventBus.on("commandStack.changed", () => hooks.onChange?.());
    this.modeler.get("minimap").close();
    modeler.on("import.parse.complete", ({ elementsById }) => this.showTitles(Object.values(elementsById ?? {})));
    this.leaveEmptyLabels(modeler.get("labelEditingProvider", false));
    /* The search of the drawing listens to keys only: what is pasted, or typed without keys, is searched too. */
    places.canvas.addEventListener("input", ({ target }) => {
      if (target.closest(".djs-search-input")) target.dispatchEvent(new KeyboardEvent("keyup", { bubbles: true }));
    });
    /* The palette takes two columns where one does not fit. */
    new ResizeObserver(() => this.canvas.resized()).observe(places.canvas);
  }

  /* A label that was opened and left empty, as behind every appended element, is no step of undo. */
  leaveEmptyLabels(provider) {
    const update = provider?.update;
    if (!update) return;
    provider.update = (element, text, ...more) => (text?.trim() || getLabel(element) ? update.call(provider, element, text, ...more) : undefined);
  }

  async replace(xml) {
    const { warnings } = await this.modeler.importXML(xml);
    this.warnings = warnings;
    this.fit();
    this.drawList();
    drawFindings(this, this.places.findings, this.state);
  }

  /* The drawing shows the titles in the language of the reader; in the file `name` is the Kyrgyz one. The room of a label was
     measured for the words of the file: it grows until the longest word of the others fits, in the drawing only. */
  showTitles(elements) {
    this.widened = [];
    for (const element of elements) {
      const title = "name" in element || element.extensionElements ? textOf(element, this.locale) : "";
      if (title && element.$type !== "bpmn:Participant") element.name = title;
      if (element.$type === "bpmn:Participant" && element.processRef) element.name = titleOf(element.processRef, this.locale);
    }
    for (const { bpmnElement, bounds, label } of elements) {
      if (!label?.bounds || !bpmnElement?.name) continue;
      const more = Math.ceil(Math.max(...bpmnElement.name.split(/\s+/).map((word) => word.length)) * 6.5 + 4 - label.bounds.width);
      if (more <= 0) continue;
      const { x, width } = label.bounds;
      label.bounds.width += more;
      if (bounds) label.bounds.x -= more / 2;
      this.widened.push({ bounds: label.bounds, file: { x, width }, shown: { x: label.bounds.x, width: label.bounds.width } });
    }
  }

  /* The file as it is stored. Names are put to Kyrgyz while it is written, which is done at once. */
  async xml() {
    const definitions = this.modeler.getDefinitions();
    const named = this.named().map((element) => [element, element.name]);
    for (const [element] of named) {
      const title = textOf(element.$type === "bpmn:Participant" ? element.processRef : element, "ky");
      if (title) element.name = title;
    }
    const untouched = this.widened.filter(({ bounds, shown }) => bounds.x === shown.x && bounds.width === shown.width);
    for (const { bounds, file } of untouched) Object.assign(bounds, file);
    const written = this.modeler.get("moddle").toXML(definitions, { format: true });
    for (const { bounds, shown } of untouched) Object.assign(bounds, shown);
    for (const [element, name] of named) element.name = name;
    return (await written).xml;
  }

  named() {
    const found = new Set(this.drawing.all().map((element) => getBusinessObject(element)));
    for (const element of this.drawing.all()) if (carrierOf(element)) found.add(carrierOf(element));
    return [...found].filter((one) => one.name || textOf(one, "ky") || one.processRef);
  }

  setFindings(answer) {
    this.state = { ...this.state, ...answer, first: false };
    paint(this, this.state.findings);
    drawFindings(this, this.places.findings, this.state);
    this.drawList();
  }

  findingsOf(id) { return this.state.findings.filter((one) => one.element === id); }
  repair(kind, element, code = "") { this.hooks.onRepair?.(kind, element, code); }

  select(id) {
    const element = shapeOf(this, id);
    if (!element) return;
    this.hooks.onView?.("drawing");
    if (!element.parent) return this.selection.select(null);
    this.selection.select(element);
    this.canvas.scrollToElement(element, { top: 80, bottom: 80, left: 120, right: 80 });
  }

  show(id) {
    this.select(id);
    this.places.canvas.querySelector("svg")?.focus();
  }

  /* Make room behind a node, put a step of a person on its only flow, and choose it. */
  insertAfter(element) {
    const flow = outgoingOf(getBusinessObject(element))[0];
    const next = this.drawing.shape(flow.targetRef.id);
    const gap = 170, start = element.x + element.width + 5;
    const space = this.modeler.get("spaceTool");
    this.drawing.change((modeling) => {
      const all = this.drawing.all().filter((one) => one.parent && one !== this.canvas.getRootElement());
      const { movingShapes, resizingShapes } = space.calculateAdjustments(all, "x", gap, start);
      space.makeSpace(movingShapes, resizingShapes, { x: gap, y: 0 }, "e", start);
      const shape = this.elementFactory.createShape({ type: "bpmn:UserTask" });
      const position = { x: element.x + element.width + 40 + shape.width / 2, y: element.y + element.height / 2 };
      modeling.createShape(shape, position, this.drawing.root());
      modeling.reconnectEnd(this.drawing.shape(flow.id), shape, { x: shape.x, y: position.y });
      modeling.connect(shape, next);
      this.inserted = shape;
    });
    this.selection.select(this.inserted);
    this.drawList();
    this.places.list.querySelector(`[data-step="${this.inserted.id}"]`)?.focus();
  }

  flush() { flushTexts(); }
  remove(element) { this.modeling.removeElements([element]); }
  undo() { this.commandStack.undo(); }
  redo() { this.commandStack.redo(); }
  canUndo() { return this.commandStack.canUndo(); }
  canRedo() { return this.commandStack.canRedo(); }
  /* Not within the click: the pad closes at every click outside it. */
  find() { setTimeout(() => this.modeler.get("searchPad").toggle()); }
  toggleMap() { this.modeler.get("minimap").toggle(); return this.modeler.get("minimap").isOpen(); }
  zoom(step) { this.modeler.get("zoomScroll").stepZoom(step); }
  /* The whole drawing beside the palette; a long one would be unreadable so, and is shown from its beginning. */
  fit(whole = false) {
    const root = this.drawing.root();
    const { width, height } = this.canvas.getSize();
    const { inner } = this.canvas.viewbox();
    const box = { x: Math.min(root.x ?? inner.x, inner.x), y: Math.min(root.y ?? inner.y, inner.y), width: inner.width, height: inner.height };
    const palette = this.places.canvas.querySelector(".djs-palette")?.offsetWidth + EDGE || 0;
    const scale = Math.min((width - palette - 2 * EDGE) / box.width, (height - 2 * EDGE) / box.height, 1);
    if (whole || scale >= READABLE) this.look(box.x - (palette + EDGE) / scale, box.y - EDGE / scale, scale);
    else this.look(box.x - (palette + EDGE) / READABLE, box.y - EDGE / READABLE, READABLE);
  }

  look(x, y, scale) {
    const { width, height } = this.canvas.getSize();
    this.canvas.viewbox({ x, y, width: width / scale, height: height / scale });
  }

  kindOf(element) { return kindOf(element); }
}
