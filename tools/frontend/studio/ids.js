/* Ids that people can read: a new element is numbered after its kind, and takes its title's letters when it has one. */
import BpmnFactory from "bpmn-js/lib/features/modeling/BpmnFactory";

const WORDS = {
  "bpmn:UserTask": "step", "bpmn:ServiceTask": "operation", "bpmn:ExclusiveGateway": "decision", "bpmn:ParallelGateway": "parallel", "bpmn:StartEvent": "begin",
  "bpmn:EndEvent": "end", "bpmn:IntermediateCatchEvent": "timer", "bpmn:BoundaryEvent": "late", "bpmn:SequenceFlow": "flow", "bpmn:Lane": "lane",
  "bpmn:TextAnnotation": "note", "bpmn:Association": "note_line", "bpmn:TimerEventDefinition": "length",
};
const PLAIN = ["абвгдезийклмнопрстуфхыэ", "abvgdeziiklmnoprstufhye"];
const LETTERS = {
  ...Object.fromEntries([...PLAIN[0]].map((letter, at) => [letter, PLAIN[1][at]])),
  ё: "e", ж: "j", ң: "ng", ө: "o", ү: "u", ц: "ts", ч: "ch", ш: "sh", щ: "sh", ъ: "", ь: "", ю: "yu", я: "ya",
};

/* As app/diagrams/readable_ids.py does it for imported files. */
export function transliterate(text) {
  const letters = [...text.toLowerCase()].map((letter) => LETTERS[letter] ?? letter).join("");
  return letters.replace(/[^a-z0-9]+/g, "_").replace(/^[0-9_]+/, "").slice(0, 48).replace(/^_+|_+$/g, "");
}

export class ReadableFactory extends BpmnFactory {
  _ensureId(element) {
    const word = WORDS[element.$type];
    if (!word || element.id) return super._ensureId(element);
    let number = 1;
    while (this._model.ids.assigned(`${word}_${number}`)) number += 1;
    element.id = `${word}_${number}`;
    this._model.ids.claim(element.id, element);
  }
}
ReadableFactory.$inject = ["moddle"];
