/* Fields of the panel and of the list of steps. They look alike and are plain: a label, a control, a help line. */
import { Fragment, h } from "@bpmn-io/properties-panel/preact";
import { useEffect, useRef, useState } from "@bpmn-io/properties-panel/preact/hooks";

let numbers = 0;
export const useName = () => useState(() => `studio-${(numbers += 1)}`)[0];

export function Field({ label, help, missing, problem, id, children }) {
  return (
    <div class={`bio-properties-panel-entry studio-field${problem ? " has-error" : ""}`}>
      <label class="bio-properties-panel-label" for={id}>
        {label}
        {missing && <span class="studio-missing">{missing}</span>}
      </label>
      {children}
      {problem && <p class="bio-properties-panel-error studio-problem" role="alert">{problem}</p>}
      {help && <p class="bio-properties-panel-description">{help}</p>}
    </div>
  );
}

/* What is typed and has not reached the drawing yet; a page that is left takes it over first. */
const pending = new Set();
export const flushTexts = () => { for (const commit of [...pending]) commit(); };

/* A text reaches the drawing 300 ms after the last key and when the field is left. */
export function Text({ label, value, onChange, lines = 1, missing, help, check, mono }) {
  const id = useName();
  const [typed, setTyped] = useState(null);
  const state = useRef({});
  state.current = { typed, onChange, value, check };
  const timer = useRef();
  const run = useRef(() => state.current.commit());
  const commit = () => {
    clearTimeout(timer.current);
    pending.delete(run.current);
    const now = state.current;
    if (now.typed === null || now.typed === now.value || now.check?.(now.typed)) return;
    now.onChange(now.typed);
  };
  state.current.commit = commit;
  useEffect(() => () => run.current(), []);
  const shown = typed ?? value;
  const problem = typed !== null && typed !== value ? check?.(typed) : "";
  const control = {
    id, value: shown, spellcheck: !mono, class: `bio-properties-panel-input${mono ? " studio-mono" : ""}`, "aria-invalid": problem ? "true" : undefined,
    onInput: ({ target }) => {
      setTyped(target.value);
      clearTimeout(timer.current);
      pending.add(run.current);
      timer.current = setTimeout(commit, 300);
    },
    onBlur: () => { commit(); setTyped(null); },
  };
  return (
    <Field label={label} id={id} missing={!shown && missing} help={help} problem={problem}>
      {lines > 1 ? <textarea {...control} rows={lines} /> : <input type="text" autocomplete="off" {...control} />}
    </Field>
  );
}

export function Select({ label, value, options, onChange, help, words }) {
  const id = useName();
  const known = options.some((one) => one.value === value);
  return (
    <Field label={label} id={id} help={help}>
      <select id={id} class="bio-properties-panel-input" value={value} onChange={({ target }) => onChange(target.value)}>
        {!known && <option value={value}>{value ? `${value} (${words["choice.unknown"]})` : words["choice.none"]}</option>}
        {options.map((one) => <option value={one.value}>{one.label}</option>)}
      </select>
    </Field>
  );
}

export function Check({ label, value, onChange, help }) {
  const id = useName();
  return (
    <div class="bio-properties-panel-entry studio-field studio-check">
      <input id={id} type="checkbox" class="bio-properties-panel-input" checked={value} onChange={({ target }) => onChange(target.checked)} />
      <label for={id}>{label}</label>
      {help && <p class="bio-properties-panel-description">{help}</p>}
    </div>
  );
}

const plain = (text) => text.toLocaleLowerCase().replace(/ё/g, "е");

const begins = (one, query) => Number(Boolean(query) && (plain(one.label).startsWith(plain(query)) || one.value.startsWith(query)));

/* Choice from a long list: typing narrows it by number or words; arrows, Enter and Escape as in any combobox.
   options: [{value, label, more, note}] */
export function Choice({ label, value, options, onChange, help, empty, words }) {
  const id = useName();
  const [query, setQuery] = useState(null);
  const [at, setAt] = useState(0);
  const list = useRef();
  const chosen = options.find((one) => one.value === value);
  const shown = chosen ? [chosen.label, chosen.more].filter(Boolean).join(" · ") : value ? `${value} (${words["choice.unknown"]})` : "";
  const parts = plain(query ?? "").split(/\s+/).filter(Boolean);
  const found = query === null ? [] : options.filter((one) => {
    const text = plain([one.label, one.more, one.note, one.value].join(" "));
    return parts.every((part) => text.includes(part));
  }).sort((one, other) => begins(other, query) - begins(one, query));
  const open = query !== null;
  const close = () => { setQuery(null); setAt(0); };
  const take = (one) => { if (one.value !== value) onChange(one.value); close(); };
  useEffect(() => { list.current?.children[at]?.scrollIntoView({ block: "nearest" }); }, [at, open]);
  const onKeyDown = (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!open) setQuery("");
      else setAt((at + (event.key === "ArrowDown" ? 1 : -1) + Math.max(found.length, 1)) % Math.max(found.length, 1));
    } else if (event.key === "Enter" && open) {
      event.preventDefault();
      if (found[at]) take(found[at]);
    } else if (event.key === "Escape" && open) {
      event.preventDefault();
      event.stopPropagation();
      close();
    }
  };
  return (
    <Field label={label} id={id} help={help ?? chosen?.note}>
      <div class="studio-choice">
        <input
          id={id} type="text" class="bio-properties-panel-input" role="combobox" autocomplete="off" spellcheck={false}
          aria-expanded={open ? "true" : "false"} aria-controls={`${id}-list`} aria-autocomplete="list"
          aria-activedescendant={open && found[at] ? `${id}-${at}` : undefined}
          placeholder={open ? words["choice.search"] : empty ?? words["choice.none"]} value={open ? query : shown} title={shown}
          onInput={({ target }) => { setQuery(target.value); setAt(0); }}
          onClick={() => { if (!open) setQuery(""); }} onKeyDown={onKeyDown} onBlur={close}
        />
        {value && !open && (
          <button type="button" class="studio-clear" aria-label={`${words["choice.clear"]}: ${label}`} onClick={() => onChange("")}>×</button>
        )}
        {open && (
          <ul class="studio-options" role="listbox" id={`${id}-list`} ref={list} aria-label={label}>
            {found.map((one, number) => (
              <li
                id={`${id}-${number}`} role="option" aria-selected={number === at ? "true" : "false"} class={one.value === value ? "is-chosen" : ""}
                onMouseDown={(event) => { event.preventDefault(); take(one); }}
              >
                <span>{one.label}</span>
                {one.more && <b>{one.more}</b>}
                {one.note && <small>{one.note}</small>}
              </li>
            ))}
            {!found.length && <li class="studio-nothing" role="option" aria-disabled="true" aria-selected="false">{words["choice.nothing"]}</li>}
          </ul>
        )}
      </div>
    </Field>
  );
}

export function Facts({ label, rows }) {
  return (
    <div class="bio-properties-panel-entry studio-field">
      <p class="bio-properties-panel-label">{label}</p>
      <ul class="studio-facts">{rows.map((row) => <li>{row}</li>)}</ul>
    </div>
  );
}

export function Note({ text }) {
  return <p class="bio-properties-panel-entry studio-panel-note">{text}</p>;
}

export { Fragment, h };
