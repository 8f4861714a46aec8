/* Fields of several controls: a condition in rows, the inputs of an operation. */
import { Field, Fragment, Text, h, useName } from "./components.js";
import { useState } from "@bpmn-io/properties-panel/preact/hooks";
import { OPERATORS, parseCondition, printCondition } from "./condition.js";

export function Condition({ value, variables, onChange, words }) {
  const parsed = parseCondition(value);
  const [asText, setAsText] = useState(false);
  /* A row that is not complete is no part of the condition yet; it is kept here until it is. */
  const [draft, setDraft] = useState(null);
  const current = draft && printCondition(draft) === (value ?? "") ? draft : parsed;
  const put = (next) => {
    setDraft(next);
    const text = printCondition(next);
    if (text !== (value ?? "")) onChange(text);
  };
  if (!parsed || asText) {
    return (
      <Fragment>
        <Text label={words["field.condition_text"]} value={value ?? ""} onChange={onChange} lines={3} mono help={!parsed ? words["condition.too_free"] : ""} />
        {parsed && <button type="button" class="btn btn-small" onClick={() => setAsText(false)}>{words["condition.as_rows"]}</button>}
      </Fragment>
    );
  }
  const rows = current.rows.length ? current.rows : [{ variable: "", operator: "==", values: [] }];
  const change = (number, part) => put({ ...current, rows: rows.map((row, one) => (one === number ? { ...row, ...part } : row)) });
  return (
    <div class="studio-condition">
      {rows.length > 1 && (
        <select class="bio-properties-panel-input" aria-label={words["group.condition"]} value={current.joined} onChange={({ target }) => put({ ...current, joined: target.value })}>
          <option value="or">{words["condition.any"]}</option>
          <option value="and">{words["condition.all"]}</option>
        </select>
      )}
      {rows.map((row, number) => (
        <ConditionRow
          key={number} row={row} variables={variables} words={words} onChange={(part) => change(number, part)}
          onRemove={current.rows.length > 0 ? () => put({ ...current, rows: rows.filter((_row, one) => one !== number) }) : null}
        />
      ))}
      <div class="studio-row-actions">
        <button type="button" class="btn btn-small" onClick={() => setDraft({ ...current, rows: [...rows, { variable: "", operator: "==", values: [] }] })}>
          {words["condition.add"]}
        </button>
        <button type="button" class="btn btn-small btn-quiet" onClick={() => setAsText(true)}>{words["condition.as_text"]}</button>
      </div>
      {value && <code class="studio-raw" translate="no">{value}</code>}
    </div>
  );
}

function ConditionRow({ row, variables, words, onChange, onRemove }) {
  const variable = variables.find((one) => one.value === row.variable);
  const known = variable?.values ?? [];
  const many = row.operator.endsWith("in");
  const choose = (name) => onChange({ variable: name, values: row.variable === name ? row.values : [] });
  const operate = (operator) => onChange({ operator, values: operator.endsWith("in") ? row.values : row.values.slice(0, 1) });
  return (
    <div class="studio-condition-row">
      <select class="bio-properties-panel-input" aria-label={words["condition.variable"]} value={row.variable} onChange={({ target }) => choose(target.value)}>
        {!variable && <option value={row.variable}>{row.variable ? `${row.variable} (${words["choice.unknown"]})` : words["choice.none"]}</option>}
        {variables.map((one) => <option value={one.value}>{one.label}</option>)}
      </select>
      <select class="bio-properties-panel-input studio-operator" aria-label={words["condition.operator"]} value={row.operator} onChange={({ target }) => operate(target.value)}>
        {OPERATORS.filter((one) => !known.length || ["==", "!=", "in", "not in"].includes(one) || one === row.operator).map((one) => (
          <option value={one}>{words[`operator.${one}`]}</option>
        ))}
      </select>
      {many && known.length > 0 && (
        <fieldset class="studio-values" aria-label={words["condition.value"]}>
          {known.map((one) => <ValueCheck one={one} values={row.values} onChange={(values) => onChange({ values })} />)}
        </fieldset>
      )}
      {!many && known.length > 0 && (
        <select class="bio-properties-panel-input" aria-label={words["condition.value"]} value={row.values[0] ?? ""} onChange={({ target }) => onChange({ values: [target.value] })}>
          {!known.some((one) => one.value === row.values[0]) && (
            <option value={row.values[0] ?? ""}>{row.values.length ? `${row.values[0]} (${words["choice.unknown"]})` : words["choice.none"]}</option>
          )}
          {known.map((one) => <option value={one.value}>{one.label}</option>)}
        </select>
      )}
      {!known.length && (
        <input
          type="text" class="bio-properties-panel-input" aria-label={words["condition.value"]} value={row.values.map(show).join(", ")}
          onChange={({ target }) => onChange({ values: (many ? target.value.split(",") : [target.value]).map(read).filter((one) => one !== "") })}
        />
      )}
      {onRemove && <button type="button" class="studio-clear" aria-label={words["condition.remove"]} onClick={onRemove}>×</button>}
    </div>
  );
}

const show = (value) => (value === null ? "None" : value === true ? "True" : value === false ? "False" : String(value));
const read = (text) => {
  const plain = text.trim();
  if (["True", "False", "None"].includes(plain)) return { True: true, False: false, None: null }[plain];
  return /^-?\d+(\.\d+)?$/.test(plain) ? Number(plain) : plain;
};

function ValueCheck({ one, values, onChange }) {
  const id = useName();
  const on = values.includes(one.value);
  return (
    <span class="studio-check">
      <input id={id} type="checkbox" checked={on} onChange={() => onChange(on ? values.filter((value) => value !== one.value) : [...values, one.value])} />
      <label for={id}>{one.label}</label>
    </span>
  );
}

/* One parameter of an operation: the variables that give its value, the first that has one. */
export function Input({ label, names, variables, onChange, words }) {
  const id = useName();
  const put = (number, name) => onChange(names.map((one, at) => (at === number ? name : one)).filter(Boolean));
  const options = (name) => [
    !variables.some((one) => one.value === name) && <option value={name}>{name ? `${name} (${words["choice.unknown"]})` : words["input.none"]}</option>,
    ...variables.map((one) => <option value={one.value}>{one.label}</option>),
  ];
  return (
    <Field label={label} id={id}>
      {names.map((name, number) => (
        <div class="studio-input-row">
          <select id={number ? undefined : id} aria-label={number ? words["input.add"] : undefined} class="bio-properties-panel-input" value={name} onChange={({ target }) => put(number, target.value)}>
            {options(name)}
          </select>
          <button type="button" class="studio-clear" aria-label={`${words["input.remove"]}: ${label}`} onClick={() => put(number, "")}>×</button>
        </div>
      ))}
      <select id={names.length ? undefined : id} aria-label={`${label}: ${words["input.add"]}`} class="bio-properties-panel-input studio-add" value="" onChange={({ target }) => { if (target.value) onChange([...names, target.value]); }}>
        <option value="">{names.length ? words["input.add"] : words["input.none"]}</option>
        {variables.filter((one) => !names.includes(one.value)).map((one) => <option value={one.value}>{one.label}</option>)}
      </select>
    </Field>
  );
}
