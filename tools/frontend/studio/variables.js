/* The process variables that can have a value at an element, with their words and finite values. */
import { getBusinessObject, kindOf, processOf, titleOf } from "./model.js";

export function variablesAt(drawing, choices, element) {
  const steps = drawing.stepsBefore(element);
  return [...startVariables(drawing, choices, element), ...steps.flatMap((step) => variablesOfStep(drawing, choices, step))];
}

export function variablesOfStep(drawing, choices, step) {
  const carrier = getBusinessObject(step);
  const title = titleOf(carrier, drawing.language);
  if (kindOf(step) === "service") {
    const operation = choices.operations.find((one) => one.value === carrier.operation);
    return [{
      value: `${carrier.id}.outcome`, label: `${title}: ${choices.words["variable.outcome"]}`, values: operation?.outcomes ?? [], owner: carrier.id,
    }];
  }
  const form = choices.forms.find((one) => one.value === carrier.form);
  return (form?.fields ?? []).filter((field) => field.variable).map((field) => ({
    value: `${carrier.id}.${field.variable}`, label: `${title}: ${field.label}`, values: field.values, kind: field.kind, owner: carrier.id,
  }));
}

export function startOf(drawing, choices, element) {
  return choices.starts[processOf(element)?.start ?? processOf(drawing.root())?.start];
}

function startVariables(drawing, choices, element) {
  const start = startOf(drawing, choices, element);
  if (!start) return [];
  const named = [start.variable, ...start.codes, ...start.scopes, ...start.persons, ...start.moments];
  const form = choices.forms.find((one) => one.value === `${processOf(drawing.root())?.id}.start`);
  const asked = (form?.fields ?? [])
    .filter((field) => field.variable && !named.some((one) => one.value === `start.${field.variable}`))
    .map((field) => ({ value: `start.${field.variable}`, label: field.label, values: field.values }));
  return [...named.map((one) => ({ values: [], ...one })), ...asked].map((one) => ({
    ...one, label: `${choices.words["variable.start"]}: ${one.label}`, owner: "start",
  }));
}
