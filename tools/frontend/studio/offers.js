/* Palette, pad and menus offer only what profile 1 runs (docs/bpmn-vocabulary.md). Their providers come with bpmn-js; these
   providers run after them, take away and add. */
const RUNS = [
  "none-start-event", "none-end-event", "timer-intermediate-catch", "timer-boundary", "non-interrupting-timer-boundary",
  "exclusive-gateway", "parallel-gateway", "user-task", "service-task",
];
export const CREATED = new Set(RUNS.flatMap((name) => [`create-${name}`, `append-${name}`]));
export const REPLACED = new Set([
  "replace-with-user-task", "replace-with-service-task", "replace-with-exclusive-gateway", "replace-with-parallel-gateway",
  "replace-with-none-start", "replace-with-none-end", "replace-with-timer-intermediate-catch", "replace-with-timer-boundary",
  "replace-with-non-interrupting-timer-boundary", "replace-with-sequence-flow", "replace-with-default-flow",
]);
const PAD = new Set(["append.end-event", "append.gateway", "append.text-annotation", "append", "replace", "connect", "delete",
  "lane-insert-above", "lane-insert-below", "lane-divide-two", "lane-divide-three"]);
const TOOLS = new Set(["lasso-tool", "space-tool", "global-connect-tool", "create.end-event", "create.start-event", "create"]);
const AFTER_OTHERS = 200;

const only = (allowed) => (entries) => Object.fromEntries(Object.entries(entries).filter(([id]) => allowed.has(id)));

class Offers {
  static $inject = ["palette", "contextPad", "popupMenu", "elementFactory", "create", "autoPlace", "translate", "rules"];
  constructor(palette, contextPad, popupMenu, elementFactory, create, autoPlace, translate) {
    this.make = { elementFactory, create, autoPlace, translate };
    palette.registerProvider(AFTER_OTHERS, { getPaletteEntries: () => (entries) => this.paletteEntries(entries) });
    contextPad.registerProvider(AFTER_OTHERS, {
      getContextPadEntries: (element) => (entries) => this.padEntries(element, entries),
      getMultiElementContextPadEntries: () => only(new Set(["delete", "align-elements", "distribute-elements"])),
    });
    for (const [menu, allowed] of [["bpmn-create", CREATED], ["bpmn-append", CREATED], ["bpmn-replace", REPLACED]]) {
      popupMenu.registerProvider(menu, AFTER_OTHERS, { getPopupMenuEntries: () => only(allowed), getPopupMenuHeaderEntries: () => () => ({}) });
    }
  }

  paletteEntries(entries) {
    const { elementFactory, create, translate } = this.make;
    const creates = (type, className, title, options = {}) => {
      const start = (event) => create.start(event, elementFactory.createShape({ type, ...options }));
      return { group: "model", className, title: translate(title), action: { dragstart: start, click: start } };
    };
    const tools = only(TOOLS)(entries);
    return {
      ...tools,
      "create.user-task": creates("bpmn:UserTask", "bpmn-icon-user-task", "Create user task"),
      "create.service-task": creates("bpmn:ServiceTask", "bpmn-icon-service-task", "Create service task"),
      "create.exclusive-gateway": creates("bpmn:ExclusiveGateway", "bpmn-icon-gateway-xor", "Create exclusive gateway"),
      "create.parallel-gateway": creates("bpmn:ParallelGateway", "bpmn-icon-gateway-parallel", "Create parallel gateway"),
      "create.timer": creates("bpmn:IntermediateCatchEvent", "bpmn-icon-intermediate-event-catch-timer", "Create timer", {
        eventDefinitionType: "bpmn:TimerEventDefinition",
      }),
      "create.annotation": creates("bpmn:TextAnnotation", "bpmn-icon-text-annotation", "Create text annotation"),
    };
  }

  padEntries(element, entries) {
    const kept = only(PAD)(entries);
    if (!kept["append.end-event"]) return kept;
    const { elementFactory, create, autoPlace, translate } = this.make;
    const appends = (type, className, title) => ({
      group: "model", className, title: translate(title),
      action: {
        click: (_event, source) => autoPlace.append(source, elementFactory.createShape({ type })),
        dragstart: (event, source) => create.start(event, elementFactory.createShape({ type }), { source }),
      },
    });
    return {
      "append.user-task": appends("bpmn:UserTask", "bpmn-icon-user-task", "Append user task"),
      "append.service-task": appends("bpmn:ServiceTask", "bpmn-icon-service-task", "Append service task"),
      ...kept,
    };
  }
}

export default { __init__: ["depterOffers"], depterOffers: ["type", Offers] };
