/* What the panel reads from and writes to the drawing. Every write goes through the command stack: it can be undone. */
import { getBusinessObject, is } from "bpmn-js/lib/util/ModelUtil";

export { getBusinessObject, is };
export const LANGUAGES = ["ky", "ru", "en"];
const ROOM = 20;
const STEP = /^[a-z][a-z0-9_]{0,59}$/;

export function kindOf(element) {
  const types = [
    ["bpmn:Participant", "process"], ["bpmn:Collaboration", "process"], ["bpmn:Process", "process"], ["bpmn:Lane", "lane"],
    ["bpmn:StartEvent", "start"], ["bpmn:EndEvent", "end"], ["bpmn:UserTask", "task"], ["bpmn:ServiceTask", "service"],
    ["bpmn:ExclusiveGateway", "exclusive"], ["bpmn:ParallelGateway", "parallel"], ["bpmn:BoundaryEvent", "timer"],
    ["bpmn:IntermediateCatchEvent", "timer"], ["bpmn:SequenceFlow", "flow"], ["bpmn:TextAnnotation", "annotation"],
  ];
  return types.find(([type]) => is(element, type))?.[1] ?? "";
}

/* The element that carries the properties: of a pool and of the paper it is the process. */
export function carrierOf(element) {
  const found = getBusinessObject(element);
  if (is(found, "bpmn:Participant")) return found.processRef;
  if (is(found, "bpmn:Collaboration")) return found.participants?.[0]?.processRef;
  return found;
}

export function processOf(element) {
  let found = carrierOf(element);
  while (found && !is(found, "bpmn:Process")) found = found.$parent;
  return found;
}

const extensionsOf = (carrier, type) => (carrier?.extensionElements?.values ?? []).filter((one) => one.$type === type);
export const textOf = (carrier, language, type = "depter:Title") =>
  extensionsOf(carrier, type).find((one) => one.lang === language)?.text?.trim().replace(/\s+/g, " ") ?? "";
export const titleOf = (carrier, language) =>
  textOf(carrier, language) || carrier?.name || textOf(carrier, "ky") || textOf(carrier, "ru") || textOf(carrier, "en") || carrier?.id || "";
export const inputsOf = (carrier) =>
  Object.fromEntries(extensionsOf(carrier, "depter:Input").map((one) => [one.name, (one.variable ?? "").split(/\s+/).filter(Boolean)]));
/* A file need not list the flows at the nodes: they are read from the process. */
const flowsOf = (node) => (node?.$parent?.flowElements ?? []).filter((one) => one.$type === "bpmn:SequenceFlow");
export const outgoingOf = (node) => flowsOf(node).filter((flow) => flow.sourceRef === node);
export const incomingOf = (node) => flowsOf(node).filter((flow) => flow.targetRef === node);
export const timerOf = (carrier) => carrier?.eventDefinitions?.find((one) => one.$type === "bpmn:TimerEventDefinition");

/* Several changes become one step of undo. */
export class ChangeHandler {
  static $inject = ["modeling", "bpmnFactory"];
  constructor(modeling, bpmnFactory) { Object.assign(this, { modeling, bpmnFactory }); }
  preExecute({ run }) { run(this.modeling, this.bpmnFactory); }
}

const rank = (node, entered) => (is(node, "bpmn:StartEvent") ? 0 : entered.has(node) ? 2 : 1);

/* The edges without those that close a loop of a walk from the starts. */
function forwardEdges(starts, next) {
  const forward = new Map(starts.map((node) => [node, []]));
  const [open, done] = [new Set(), new Set()];
  const walk = (node) => {
    open.add(node);
    for (const target of next.get(node)) {
      if (open.has(target)) continue;
      forward.get(node).push(target);
      if (!done.has(target)) walk(target);
    }
    open.delete(node);
    done.add(node);
  };
  for (const node of starts) if (!done.has(node)) walk(node);
  return forward;
}

export class Drawing {
  static $inject = ["commandStack", "elementRegistry", "canvas", "eventBus", "moddle"];
  constructor(commandStack, elementRegistry, canvas, eventBus, moddle) {
    Object.assign(this, { commandStack, elementRegistry, canvas, eventBus, moddle });
    this.language = "ky";
    commandStack.registerHandler("depter.change", ChangeHandler);
    this.keepTitlesOfLabels();
  }

  change(run) { this.commandStack.execute("depter.change", { run }); }

  /* Properties of the element itself, or of a part of it (a timer, a condition). */
  set(element, properties, part = null) {
    this.change((modeling) => {
      const carrier = carrierOf(element);
      if (part && part !== carrier) modeling.updateModdleProperties(element, part, properties);
      else if (carrier !== getBusinessObject(element)) modeling.updateModdleProperties(element, carrier, properties);
      else modeling.updateProperties(element, properties);
    });
  }

  setExtensions(element, type, wanted) {
    this.change((modeling, factory) => this.writeExtensions(modeling, factory, element, type, wanted));
  }

  writeExtensions(modeling, factory, element, type, wanted) {
    const carrier = carrierOf(element);
    const others = (carrier.extensionElements?.values ?? []).filter((one) => one.$type !== type);
    const made = wanted.map((properties) => factory.create(type, properties));
    const values = type === "depter:Input" ? [...others, ...made] : [...made, ...others];
    if (!values.length) {
      if (carrier.extensionElements) modeling.updateModdleProperties(element, carrier, { extensionElements: undefined });
      return;
    }
    const extensions = factory.create("bpmn:ExtensionElements", { values });
    for (const one of values) one.$parent = extensions;
    extensions.$parent = carrier;
    modeling.updateModdleProperties(element, carrier, { extensionElements: extensions });
  }

  setText(element, language, text, type = "depter:Title") {
    this.change((modeling, factory) => {
      this.writeText(modeling, factory, element, language, text, type);
      if (type === "depter:Title" && language === this.language) this.writeName(modeling, element, text);
    });
  }

  writeText(modeling, factory, element, language, text, type = "depter:Title") {
    const carrier = carrierOf(element);
    const texts = Object.fromEntries(LANGUAGES.map((one) => [one, one === language ? text.trim() : textOf(carrier, one, type)]));
    const wanted = LANGUAGES.filter((one) => texts[one]).map((one) => ({ lang: one, text: texts[one] }));
    this.writeExtensions(modeling, factory, element, type, wanted);
  }

  writeName(modeling, element, text) {
    const found = getBusinessObject(element);
    const name = text.trim() || undefined;
    if (is(found, "bpmn:Collaboration")) return;
    if (found.name !== name) modeling.updateProperties(element, { name });
    if (is(found, "bpmn:Participant") && found.processRef) modeling.updateModdleProperties(element, found.processRef, { name });
  }

  /* What is written on the drawing is the title in the language of the reader. */
  keepTitlesOfLabels() {
    this.eventBus.on("commandStack.element.updateLabel.postExecuted", ({ context }) => {
      const element = context.element.labelTarget ?? context.element;
      if (!kindOf(element) || is(element, "bpmn:TextAnnotation")) return;
      this.change((modeling, factory) => this.writeText(modeling, factory, element, this.language, context.newLabel ?? ""));
    });
  }

  setRole(element, role, titles) {
    const bare = !LANGUAGES.some((one) => textOf(carrierOf(element), one));
    this.change((modeling, factory) => {
      modeling.updateProperties(element, { role: role || undefined });
      if (!role || !bare) return;
      for (const one of LANGUAGES) this.writeText(modeling, factory, element, one, titles[one] ?? "");
      this.writeName(modeling, element, titles[this.language] ?? "");
    });
  }

  setInputs(element, inputs) {
    const wanted = Object.entries(inputs).filter(([, names]) => names.length).map(([name, names]) => ({ name, variable: names.join(" ") }));
    this.setExtensions(element, "depter:Input", wanted);
  }

  setCondition(element, text) {
    this.change((modeling, factory) => {
      const made = text.trim() ? factory.create("bpmn:FormalExpression", { body: text.trim() }) : undefined;
      if (made) made.$parent = getBusinessObject(element);
      modeling.updateProperties(element, { conditionExpression: made });
    });
  }

  /* A readable id, taken over by everything that names it: references are objects, conditions and inputs are texts. */
  rename(element, id) {
    const old = carrierOf(element).id;
    const named = new RegExp(`'[^']*'|"[^"]*"|\\b${old.replace(/[^\w]/g, "\\$&")}(?=\\.)`, "g");
    const put = (text) => text.replace(named, (found) => (found === old ? id : found));
    this.change((modeling, factory) => {
      if (carrierOf(element) !== getBusinessObject(element)) modeling.updateModdleProperties(element, carrierOf(element), { id });
      else modeling.updateProperties(element, { id });
      for (const other of this.all()) {
        const carrier = getBusinessObject(other);
        const body = carrier.conditionExpression?.body;
        if (body && put(body) !== body) modeling.updateModdleProperties(other, carrier.conditionExpression, { body: put(body) });
        for (const input of extensionsOf(carrier, "depter:Input")) {
          if (put(input.variable ?? "") !== input.variable) modeling.updateModdleProperties(other, input, { variable: put(input.variable) });
        }
      }
    });
  }

  idProblem(element, id) {
    const kind = kindOf(element);
    const strict = ["task", "service", "process"].includes(kind);
    if (!(strict ? STEP : /^[A-Za-z_][A-Za-z0-9_-]{0,79}$/).test(id) || ["Start", "End", "Root"].includes(id) || (strict && id === "start")) return "id.pattern";
    const taken = this.moddle.ids.assigned(id);
    return taken && taken !== carrierOf(element) ? "id.taken" : "";
  }

  all() { return this.elementRegistry.filter((element) => element.type !== "label"); }
  shape(id) { return this.elementRegistry.get(id); }
  root() {
    const root = this.canvas.getRootElement();
    return root.children?.find((one) => is(one, "bpmn:Participant")) ?? root;
  }

  /* Steps of which an answer can be there: those before the element on any path; the timers of a step count as its paths. */
  stepsBefore(element) {
    const carrier = getBusinessObject(element);
    const seen = new Set();
    const queue = is(carrier, "bpmn:SequenceFlow") ? [carrier.sourceRef] : incomingOf(carrier).map((flow) => flow.sourceRef);
    while (queue.length) {
      const node = queue.pop();
      if (!node || seen.has(node)) continue;
      seen.add(node);
      queue.push(...incomingOf(node).map((flow) => flow.sourceRef));
      if (node.attachedToRef) queue.push(node.attachedToRef);
    }
    return this.steps().filter((step) => seen.has(getBusinessObject(step)));
  }

  steps() { return this.inOrder().filter((element) => ["task", "service"].includes(kindOf(element))); }

  /* Nodes in the order of the flows: a node after everything that leads to it but returns, a path to its end before the next. */
  inOrder() {
    const shapes = this.all().filter((element) => is(element, "bpmn:FlowNode"));
    const nodes = shapes.map(getBusinessObject);
    const next = new Map(nodes.map((node) => [node, [
      ...nodes.filter((one) => one.attachedToRef === node), ...outgoingOf(node).map((flow) => flow.targetRef).filter((one) => nodes.includes(one)),
    ]]));
    const entered = new Set([...next.values()].flat());
    const starts = [...nodes].sort((one, other) => rank(one, entered) - rank(other, entered));
    const forward = forwardEdges(starts, next);
    const waiting = new Map(nodes.map((node) => [node, 0]));
    for (const targets of forward.values()) for (const target of targets) waiting.set(target, waiting.get(target) + 1);
    const order = [];
    const stack = starts.filter((node) => !waiting.get(node)).reverse();
    while (stack.length) {
      const node = stack.pop();
      order.push(node);
      for (const target of [...forward.get(node)].reverse()) {
        waiting.set(target, waiting.get(target) - 1);
        if (!waiting.get(target)) stack.push(target);
      }
    }
    return order.map((node) => shapes[nodes.indexOf(node)]);
  }

  lanesFor(element) { return is(element, "bpmn:FlowNode") && !is(element, "bpmn:BoundaryEvent") ? this.lanes() : []; }
  laneOf(element) { return this.lanes().find((lane) => getBusinessObject(lane).flowNodeRef?.includes(getBusinessObject(element))); }

  /* Into another lane, or into a new one below the last: at the same place along the flow, or at the next free one. */
  moveToLane(element, chosen) {
    this.change((modeling) => {
      const lane = chosen ?? modeling.addLane(this.lanes().at(-1), "bottom");
      const y = Math.round(lane.y + (lane.height - element.height) / 2);
      const others = this.all().filter((one) => one !== element && is(one, "bpmn:FlowNode"));
      let x = element.x;
      for (let met = true; met;) {
        met = others.find((one) => one.x < x + element.width + ROOM && x < one.x + one.width + ROOM && one.y < y + element.height && y < one.y + one.height);
        if (met) x = met.x + met.width + 2 * ROOM;
      }
      modeling.moveElements([element], { x: x - element.x, y: y - element.y }, this.root());
    });
  }

  lanes() { return this.all().filter((element) => is(element, "bpmn:Lane")).sort((one, other) => one.y - other.y); }
}
