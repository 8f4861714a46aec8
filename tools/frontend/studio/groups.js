/* The properties of one element, in groups of fields: what the panel shows and what a row of the list of steps unfolds. */
import { Check, Choice, Facts, Fragment, Note, Select, Text, h } from "./components.js";
import { Condition, Input } from "./compound.js";
import { LANGUAGES, carrierOf, getBusinessObject, inputsOf, is, kindOf, outgoingOf, processOf, textOf, timerOf, titleOf } from "./model.js";
import { transliterate } from "./ids.js";
import { startOf, variablesAt } from "./variables.js";

/* Ids that programs give, ours too. Any other id is what versions are compared by, and is not offered to be changed. */
const PROVISIONAL = /^(?:[a-z_]+_\d+|[A-Z][A-Za-z]*_\w+)$/;
const labelled = (words, group, keys) => keys.map((key) => ({ value: key, label: words[`${group}.${key}`] }));

export function groupsOf(studio, element) {
  const kind = kindOf(element);
  const makers = {
    process: [processGroup, titlesGroup, aboutGroup, idGroup], lane: [laneGroup, titlesGroup, idGroup], start: [placeGroup, titlesGroup, idGroup],
    end: [endGroup, placeGroup, titlesGroup, idGroup], task: [taskGroup, placeGroup, titlesGroup, idGroup], service: [serviceGroup, placeGroup, titlesGroup, idGroup],
    exclusive: [gatewayGroup, placeGroup, titlesGroup, idGroup], parallel: [placeGroup, titlesGroup, idGroup], timer: [timerGroup, placeGroup, titlesGroup, idGroup],
    flow: [flowGroup, titlesGroup, idGroup], annotation: [annotationGroup],
  };
  return (makers[kind] ?? []).map((make) => make(studio, element)).filter(Boolean);
}

const dotted = (...parts) => parts.filter(Boolean).join(" · ");
const group = (studio, id, body) => ({ id, label: studio.words[`group.${id}`], body });
const clauses = ({ choices }) => choices.clauses.map((one) => ({ value: one.value, label: `${one.value} ${one.label}`, note: one.meaning }));
const policies = ({ choices }) => choices.policies.map((one) => ({ value: one.value, label: one.label, more: one.length, note: dotted(one.clause, one.value) }));
const anchors = (studio, element, none) => [{ value: "", label: studio.words[none] }, ...(startOf(studio.drawing, studio.choices, element)?.moments ?? [])];
const setter = ({ drawing }, element, name, part) => (value) => drawing.set(element, { [name]: value === "" || value === false ? undefined : value }, part);

function processGroup(studio, element) {
  const carrier = carrierOf(element);
  const set = (name) => setter(studio, element, name, carrier);
  const start = studio.choices.starts[carrier.start];
  const first = studio.choices.forms.find((one) => one.value === `${carrier.id}.start`);
  const starters = (carrier.starters ?? "").split(" ").filter(Boolean);
  const starts = Object.values(studio.choices.starts).map((one) => ({ value: one.value, label: one.label, note: one.value }));
  return group(studio, "process", () => (
    <Fragment>
      <Choice label={studio.words["field.start"]} value={carrier.start ?? ""} options={starts} onChange={set("start")} words={studio.words} />
      {start?.general && (
        <fieldset class="studio-starters">
          <legend>{studio.words["field.starters"]}</legend>
          {start.starters.map((role) => (
            <Check label={role.label} value={starters.includes(role.value)} onChange={(on) => set("starters")(start.starters.map((one) => one.value).filter((one) => (one === role.value ? on : starters.includes(one))).join(" "))} />
          ))}
        </fieldset>
      )}
      <Choice label={studio.words["field.clause"]} value={carrier.clause ?? ""} options={clauses(studio)} onChange={set("clause")} words={studio.words} />
      {first?.draft && (
        <p class="studio-form-links">
          <a href={`${studio.choices.formsUrl}/${encodeURIComponent(first.value)}`}>{studio.words["form.first"]}</a>
        </p>
      )}
    </Fragment>
  ));
}

/* A lane is the role that does what stands in it: a step is given to another role by moving it, by list as well as by hand. */
const NEW_LANE = " new";
function placeGroup(studio, element) {
  const { words, drawing } = studio;
  const lanes = drawing.lanesFor(element);
  if (!lanes.length) return null;
  const options = [...lanes.map((lane) => ({ value: lane.id, label: titleOf(getBusinessObject(lane), drawing.language) })), { value: NEW_LANE, label: words["lane.new"] }];
  const choose = (id) => drawing.moveToLane(element, lanes.find((lane) => lane.id === id));
  return group(studio, "lane", () => <Select label={words["kind.lane"]} value={drawing.laneOf(element)?.id ?? ""} options={options} onChange={choose} words={words} />);
}

function laneGroup(studio, element) {
  const carrier = getBusinessObject(element);
  /* A lane without a title is called as its role. */
  const choose = (role) => drawing.setRole(element, role, studio.choices.roles.find((one) => one.value === role)?.titles ?? {});
  const { drawing } = studio;
  const scopes = [{ value: "", label: studio.words["scope.university"] }, ...(startOf(studio.drawing, studio.choices, element)?.scopes ?? [])];
  return group(studio, "lane", () => (
    <Fragment>
      <Select label={studio.words["field.role"]} value={carrier.role ?? ""} options={studio.choices.roles} onChange={choose} words={studio.words} />
      <Select label={studio.words["field.scope"]} value={carrier.scope ?? ""} options={scopes} onChange={setter(studio, element, "scope")} words={studio.words} />
    </Fragment>
  ));
}

function taskGroup(studio, element) {
  const { words, choices, drawing } = studio;
  const carrier = getBusinessObject(element);
  const set = (name) => setter(studio, element, name);
  const key = processOf(element)?.id;
  const forms = [...choices.forms].sort((one, other) => (other.key === key) - (one.key === key))
    .map((one) => ({ value: one.value, label: one.label, more: one.key === key ? "" : one.process, note: one.value }));
  const form = choices.forms.find((one) => one.value === carrier.form);
  const persons = startOf(drawing, choices, element)?.persons ?? [];
  const assigns = [{ value: "", label: words["assign.lane"] }, ...labelled(words, "assign", ["requester", "deputy"]), ...persons];
  const policy = choices.policies.find((one) => one.value === carrier.deadline);
  return group(studio, "task", () => (
    <Fragment>
      <Choice label={words["field.form"]} value={carrier.form ?? ""} options={forms} onChange={set("form")} words={words} help="" />
      {form && <Facts label={words["form.fields"]} rows={form.fields.map((field) => formLine(field))} />}
      <FormLinks choices={choices} words={words} form={form} step={carrier.id} />
      <Choice label={words["field.clause"]} value={carrier.clause ?? ""} options={clauses(studio)} empty={words["clause.of_process"]} onChange={set("clause")} words={words} />
      <Choice label={words["field.deadline"]} value={carrier.deadline ?? ""} options={policies(studio)} onChange={set("deadline")} words={words} help={policy ? dotted(policy.length, policy.clause) : ""} />
      {anchors(studio, element, "anchor.step").length > 1 && (
        <Select label={words["field.anchor"]} value={carrier.anchor ?? ""} options={anchors(studio, element, "anchor.step")} onChange={set("anchor")} words={words} />
      )}
      <Select label={words["field.assign"]} value={carrier.assign ?? ""} options={assigns} onChange={set("assign")} words={words} />
      <Check label={words["field.approves"]} value={Boolean(carrier.approves)} onChange={set("approves")} />
      <Check label={words["field.rework"]} value={Boolean(carrier.rework)} onChange={set("rework")} />
    </Fragment>
  ));
}

/* The form editor is a page of its own: the drawing is saved on the way there, and the page leads back to the step. */
function FormLinks({ choices, words, form, step }) {
  const url = (query) => `${choices.formsUrl}?${new URLSearchParams(query)}#new`;
  return (
    <p class="studio-form-links">
      {form?.draft && <a href={`${choices.formsUrl}/${encodeURIComponent(form.value)}`}>{words["form.edit"]}</a>}
      {form && <a href={url({ step, source: form.value })}>{words["form.copy"]}</a>}
      <a href={url({ step })}>{words["form.new"]}</a>
    </p>
  );
}

const formLine = (field) => (field.values.length ? `${field.label}: ${field.values.map((one) => one.label).join(", ")}` : field.label);

function serviceGroup(studio, element) {
  const { words, choices, drawing } = studio;
  const carrier = getBusinessObject(element);
  const options = choices.operations.map((one) => ({ value: one.value, label: one.label, more: one.clause, note: one.value }));
  const operation = choices.operations.find((one) => one.value === carrier.operation);
  const inputs = inputsOf(carrier);
  const params = [...(operation?.params ?? []), ...Object.keys(inputs).filter((name) => !operation?.params.some((one) => one.value === name)).map((name) => ({ value: name, label: `${name} (${words["choice.unknown"]})` }))];
  return group(studio, "operation", () => (
    <Fragment>
      <Choice label={words["field.operation"]} value={carrier.operation ?? ""} options={options} onChange={setter(studio, element, "operation")} words={words} />
      {operation?.demands.length > 0 && <Facts label={words["operation.demands"]} rows={operation.demands} />}
      {params.map((param) => (
        <Input
          key={param.value} label={param.label} names={inputs[param.value] ?? []} words={words}
          variables={variablesAt(drawing, choices, element)} onChange={(names) => drawing.setInputs(element, { ...inputs, [param.value]: names })}
        />
      ))}
      {operation && <Facts label={words["operation.outcomes"]} rows={operation.outcomes.map((one) => one.label)} />}
    </Fragment>
  ));
}

function gatewayGroup(studio, element) {
  const { words, drawing } = studio;
  const carrier = getBusinessObject(element);
  const flows = outgoingOf(carrier);
  if (flows.length < 2) return null;
  const options = [{ value: "", label: words["default.none"] }, ...flows.map((flow) => ({ value: flow.id, label: branchName(flow, drawing.language) }))];
  const choose = (id) => drawing.change((modeling) => {
    const flow = flows.find((one) => one.id === id);
    if (flow?.conditionExpression) modeling.updateProperties(drawing.shape(id), { conditionExpression: undefined });
    modeling.updateProperties(element, { default: flow });
  });
  return group(studio, "gateway", () => (
    <Fragment>
      <div class="bio-properties-panel-entry studio-field">
        <p class="bio-properties-panel-label">{words["gateway.branches"]}</p>
        <ul class="studio-branches">
          {flows.map((flow) => (
            <li>
              <button type="button" class="btn btn-small btn-quiet" onClick={() => studio.select(flow.id)}>{branchName(flow, drawing.language)}</button>
              <code translate="no">{carrier.default === flow ? words["field.default"] : flow.conditionExpression?.body ?? ""}</code>
            </li>
          ))}
        </ul>
      </div>
      <Select label={words["field.default"]} value={carrier.default?.id ?? ""} options={options} onChange={choose} words={words} />
    </Fragment>
  ));
}

export const branchName = (flow, language) => [textOf(flow, language) || flow.name || "", titleOf(flow.targetRef, language)].filter(Boolean).join(" → ");

function flowGroup(studio, element) {
  const { words, choices, drawing } = studio;
  const carrier = getBusinessObject(element);
  const source = carrier.sourceRef;
  const splits = is(source, "bpmn:ExclusiveGateway") && outgoingOf(source).length > 1;
  if (!splits && !carrier.conditionExpression) return group(studio, "condition", () => <Note text={words["condition.none"]} />);
  if (source.default === carrier) return group(studio, "condition", () => <Note text={words["condition.default"]} />);
  return group(studio, "condition", () => (
    <Condition key={carrier.id} value={carrier.conditionExpression?.body ?? ""} variables={variablesAt(drawing, choices, element)} onChange={(text) => drawing.setCondition(element, text)} words={words} />
  ));
}

function endGroup(studio, element) {
  const { words, choices, drawing } = studio;
  const carrier = getBusinessObject(element);
  const codes = new Map(choices.outcomes.map((one) => [one.value, one.label]));
  for (const step of drawing.steps()) {
    const operation = choices.operations.find((one) => one.value === getBusinessObject(step).operation);
    for (const one of operation?.outcomes ?? []) if (!codes.has(one.value)) codes.set(one.value, one.label);
  }
  const own = carrier.id?.toLowerCase().replace(/-/g, "_");
  const options = [
    { value: "", label: words["outcome.none"] },
    ...[...codes].map(([value, label]) => ({ value, label: `${label} (${value})` })),
    ...(own && !codes.has(own) ? [{ value: own, label: words["outcome.own"].replace("%(code)s", own) }] : []),
    ...(carrier.outcome && !codes.has(carrier.outcome) && carrier.outcome !== own ? [{ value: carrier.outcome, label: carrier.outcome }] : []),
  ];
  return group(studio, "end", () => (
    <Fragment>
      <Select label={words["field.outcome"]} value={carrier.outcome ?? ""} options={options} onChange={setter(studio, element, "outcome")} words={words} />
      {carrier.outcome && (
        <Select
          label={words["field.result"]} value={carrier.result ?? "neutral"} options={labelled(words, "result", ["granted", "refused", "neutral"])}
          onChange={setter(studio, element, "result")} words={words}
        />
      )}
    </Fragment>
  ));
}

function timerGroup(studio, element) {
  const { words, drawing } = studio;
  const carrier = getBusinessObject(element);
  const timer = timerOf(carrier);
  if (!timer) return null;
  const policy = studio.choices.policies.find((one) => one.value === timer.policy);
  return group(studio, "timer", () => (
    <Fragment>
      <Choice label={words["field.policy"]} value={timer.policy ?? ""} options={policies(studio)} onChange={setter(studio, element, "policy", timer)} words={words} help={policy ? dotted(policy.length, policy.clause) : ""} />
      {anchors(studio, element, "anchor.timer").length > 1 && (
        <Select label={words["field.anchor"]} value={timer.anchor ?? ""} options={anchors(studio, element, "anchor.timer")} onChange={setter(studio, element, "anchor", timer)} words={words} />
      )}
      {is(carrier, "bpmn:BoundaryEvent") && (
        <Check label={words["field.interrupting"]} value={carrier.cancelActivity !== false} onChange={(on) => drawing.set(element, { cancelActivity: on })} />
      )}
    </Fragment>
  ));
}

function annotationGroup(studio, element) {
  const carrier = getBusinessObject(element);
  return { id: "note", label: studio.words["kind.annotation"], body: () => (
    <Text label={studio.words["kind.annotation"]} value={carrier.text ?? ""} lines={4} onChange={(text) => studio.drawing.set(element, { text })} />
  ) };
}

function titlesGroup(studio, element) {
  return group(studio, "titles", () => texts(studio, element, "depter:Title", 1));
}

function aboutGroup(studio, element) {
  return group(studio, "about", () => texts(studio, element, "depter:About", 4));
}

function texts({ words, drawing }, element, type, lines) {
  const carrier = carrierOf(element);
  return LANGUAGES.map((language) => (
    <Text
      key={language} label={words[`language.${language}`]} value={textOf(carrier, language, type)} lines={lines} missing={words["titles.missing"]}
      onChange={(text) => drawing.setText(element, language, text, type)}
    />
  ));
}

function idGroup(studio, element) {
  const { words, drawing } = studio;
  const carrier = carrierOf(element);
  const suggested = transliterate(textOf(carrier, "en") || textOf(carrier, "ky") || carrier.name || "");
  const fixed = kindOf(element) === "process" && studio.choices.starts[carrier.id];
  return group(studio, "id", () => fixed
    ? <Facts label={words["field.id"]} rows={[carrier.id, words["id.fixed"]]} />
    : (
      <Fragment>
      <Text
        key={carrier.id} label={words["field.id"]} value={carrier.id ?? ""} mono help={words["id.pattern"]}
        check={(id) => words[drawing.idProblem(element, id)] ?? ""} onChange={(id) => drawing.rename(element, id)}
      />
      {PROVISIONAL.test(carrier.id) && suggested && suggested !== carrier.id && !drawing.idProblem(element, suggested) && (
        <div class="studio-field"><button type="button" class="btn btn-small" onClick={() => drawing.rename(element, suggested)}>{words["id.take"]} <code translate="no">{suggested}</code></button></div>
      )}
      </Fragment>
    ));
}
