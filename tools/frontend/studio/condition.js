/* Conditions as rows: `a.b == 'x' or c.d in ['y', 'z']`. What is not of this form is edited as text. */
const LITERAL = /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|True|False|None/y;
const VARIABLE = /[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*/y;
export const OPERATORS = ["==", "!=", "in", "not in", "<", "<=", ">", ">="];

function scan(text) {
  const tokens = [];
  const rules = [["variable", VARIABLE], ["literal", LITERAL], ["word", /not\s+in\b|(?:or|and|in|not)\b/y], ["sign", /==|!=|<=|>=|<|>|\[|\]|,/y]];
  for (let at = 0; at < text.length; ) {
    if (/\s/.test(text[at])) { at += 1; continue; }
    const found = rules.map(([kind, rule]) => { rule.lastIndex = at; const match = rule.exec(text); return match && { kind, text: match[0] }; }).find(Boolean);
    if (!found) return null;
    tokens.push({ ...found, text: found.kind === "word" ? found.text.replace(/\s+/g, " ") : found.text });
    at += found.text.length;
  }
  return tokens;
}

function valueOf(literal) {
  if (/^['"]/.test(literal)) return literal.slice(1, -1).replace(/\\(.)/g, "$1");
  return { True: true, False: false, None: null }[literal] ?? (literal === "None" ? null : Number(literal));
}

/* {joined: "or" | "and", rows: [{variable, operator, values}]}, or null */
export function parseCondition(text) {
  if (!text?.trim()) return { joined: "or", rows: [] };
  const tokens = scan(text);
  if (!tokens) return null;
  const rows = [];
  let joined = "";
  for (let at = 0; ; ) {
    const [variable, operator] = [tokens[at], tokens[at + 1]];
    if (variable?.kind !== "variable" || !OPERATORS.includes(operator?.text)) return null;
    at += 2;
    const values = [];
    if (operator.text.endsWith("in")) {
      if (tokens[at]?.text !== "[") return null;
      at += 1;
      while (tokens[at]?.kind === "literal") {
        values.push(valueOf(tokens[at].text));
        at += 1;
        if (tokens[at]?.text === ",") at += 1;
      }
      if (tokens[at]?.text !== "]") return null;
    } else {
      if (tokens[at]?.kind !== "literal") return null;
      values.push(valueOf(tokens[at].text));
    }
    rows.push({ variable: variable.text, operator: operator.text, values });
    at += 1;
    if (at === tokens.length) return { joined: joined || "or", rows };
    const word = tokens[at].text;
    if (!["or", "and"].includes(word) || (joined && joined !== word)) return null;
    joined = word;
    at += 1;
  }
}

const literal = (value) => {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return String(value);
  return `'${value.replace(/[\\']/g, "\\$&")}'`;
};

export function printCondition({ joined, rows }) {
  return rows
    .filter(({ variable, values }) => variable && values.length)
    .map(({ variable, operator, values }) =>
      `${variable} ${operator} ${operator.endsWith("in") ? `[${values.map(literal).join(", ")}]` : literal(values[0])}`)
    .join(` ${joined} `);
}
