/* The vocabulary of docs/bpmn-vocabulary.md for bpmn-moddle. tests/web/test_studio_bundle.py compares it with app/bpmn/profile.py. */
const attribute = (name, type = "String") => ({ name, isAttr: true, type });
const extend = (name, element, ...properties) => ({ name, extends: [`bpmn:${element}`], properties });
const text = (name) => ({ name, superClass: ["Element"], properties: [attribute("lang"), { name: "text", isBody: true, type: "String" }] });

export default {
  name: "Depter",
  prefix: "depter",
  uri: "urn:depter:bpmn:1",
  xml: { tagAlias: "lowerCase" },
  associations: [],
  types: [
    extend("Process", "Process", attribute("clause"), attribute("start"), attribute("starters")),
    extend("Lane", "Lane", attribute("role"), attribute("scope")),
    extend(
      "UserTask", "UserTask", attribute("form"), attribute("clause"), attribute("deadline"), attribute("approves", "Boolean"),
      attribute("assign"), attribute("rework", "Boolean"), attribute("anchor"),
    ),
    extend("ServiceTask", "ServiceTask", attribute("operation")),
    extend("EndEvent", "EndEvent", attribute("outcome"), attribute("result")),
    extend("TimerEventDefinition", "TimerEventDefinition", attribute("policy"), attribute("anchor")),
    text("Title"),
    text("About"),
    { name: "Input", superClass: ["Element"], properties: [attribute("name"), attribute("variable")] },
  ],
};
