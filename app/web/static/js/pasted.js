/* What a spreadsheet says of attendance, as people write it there: case, dots, slashes and blanks do not matter, and a Latin H that
   looks like Н is Н.  markIn("н/я") -> "absent" | "present" | null */
const MARKS = {
  absent: ["н", "нб", "ня", "h", "hб", "hя", "n", "nb", "жок", "отс", "отсутствовал", "отсутствовала", "absent"],
  present: ["+", ".", "п", "бар", "present"],
};
const KNOWN = new Map(Object.entries(MARKS).flatMap(([mark, words]) => words.map((word) => [word, mark])));

export function markIn(raw) {
  const word = raw.trim().toLowerCase();
  return KNOWN.get(word) ?? KNOWN.get(word.replace(/[\s./\\-]/g, "")) ?? null;
}
