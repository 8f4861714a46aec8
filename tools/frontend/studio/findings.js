/* Findings of the check: marks on the elements, and a list in which a press chooses the element. */
import { render } from "@bpmn-io/properties-panel/preact";
import { useState } from "@bpmn-io/properties-panel/preact/hooks";
import { h } from "./components.js";
import { carrierOf, titleOf } from "./model.js";
import { shapeOf } from "./shapes.js";
import { Story } from "./story.js";

/* A message begins with the name of its element, which stands before it as a link. */
const NAMED = /^(?:«[^»]*»(?: \([^)]*\))?|[A-Za-z_][\w-]*): /;
const MARKS = ["studio-has-error", "studio-has-warning"];

export function paint(studio, findings) {
  const { canvas, overlays, drawing } = studio;
  overlays.remove({ type: "finding" });
  for (const element of drawing.all()) for (const mark of MARKS) canvas.removeMarker(element, mark);
  const byElement = new Map();
  for (const finding of findings) {
    const element = shapeOf(studio, finding.element);
    if (element) byElement.set(element, [...(byElement.get(element) ?? []), finding]);
  }
  for (const [element, found] of byElement) {
    const severity = found.some((one) => one.severity === "error") ? "error" : "warning";
    canvas.addMarker(element, `studio-has-${severity}`);
    const html = Object.assign(document.createElement("div"), { className: `studio-mark studio-mark-${severity}`, textContent: severity === "error" ? "!" : "?" });
    html.title = found.map((one) => `${one.message} ${one.remedy ?? ""}`.trim()).join("\n");
    html.addEventListener("click", () => studio.select(element.id));
    const place = element.waypoints ? { top: 0, left: 0 } : { top: -10, right: 10 };
    overlays.add(element, "finding", { position: place, html, scale: { min: 0.8, max: 1.2 } });
  }
}

export function drawFindings(studio, place, state) {
  render(<Findings studio={studio} state={state} />, place);
}

/* The list keeps its height, so that the drawing does not move while one draws. It opens by itself only when the first check
   found something; folded, it shows the first finding in its head. */
function Findings({ studio, state }) {
  const { words } = studio;
  const { findings = [], failed, sound, first, repairs = [] } = state;
  const [chosen, setChosen] = useState(null);
  const [begins, setBegins] = useState(null);
  const some = findings.length + repairs.length > 0;
  if (!first && begins === null) setBegins(some);
  const open = chosen ?? begins ?? false;
  const title = failed ? words["findings.failed"] : first ? words["findings.checking"] : findings.length ? words["findings.some"].replace("%(count)s", findings.length) : words["findings.none"];
  return (
    <div class={`studio-findings-body${open ? " is-open" : ""}`}>
      <div class="studio-findings-head">
        <button type="button" class="studio-fold" aria-expanded={open ? "true" : "false"} onClick={() => setChosen(!open)}>
          <span class="studio-turn" aria-hidden="true">{open ? "▾" : "▸"}</span>
          <b role="status" aria-live="polite">{title}</b>
        </button>
        {!open && findings[0] && <span class="studio-first">{findings[0].message}</span>}
        {sound === null && !findings.length && !failed && <span>{words["findings.unexplored"]}</span>}
        {sound === true && <span class="studio-sound">{words["findings.sound"]}</span>}
        {repairs.length > 1 && (
          <button type="button" class="btn btn-small" onClick={() => studio.repair("all", "")}>{words["repair.all"].replace("%(count)s", repairs.length)}</button>
        )}
      </div>
      {open && (
        <ul>
          {grouped(repairs).map(([kind, found]) => <Repairs key={kind} studio={studio} kind={kind} found={found} />)}
          {findings.map((finding) => <Finding studio={studio} finding={finding} />)}
        </ul>
      )}
    </div>
  );
}

const FEW = 3;
const grouped = (repairs) => [...new Set(repairs.map((one) => one.kind))].map((kind) => [kind, repairs.filter((one) => one.kind === kind)]);

/* Many repairs of one kind are one line, with the single ones in its fold. */
function Repairs({ studio, kind, found }) {
  const { words } = studio;
  const line = (one) => (
    <li class="studio-repair">
      <span>{one.message}</span>
      <button type="button" class="btn btn-small" onClick={() => studio.repair(one.kind, one.element)}>{words["repair.one"]}</button>
    </li>
  );
  if (found.length <= FEW) return found.map(line);
  return (
    <li class="studio-repair">
      <details>
        <summary>{words[`repair.${kind}`].replace("%(count)s", found.length)}</summary>
        <ul>{found.map(line)}</ul>
      </details>
      <button type="button" class="btn btn-small" onClick={() => studio.repair(kind, "")}>{words["repair.one"]}</button>
    </li>
  );
}

function Finding({ studio, finding }) {
  const { words, drawing } = studio;
  const element = shapeOf(studio, finding.element);
  const name = element ? titleOf(carrierOf(element), drawing.language) : words["findings.file"];
  return (
    <li class={`studio-finding studio-finding-${finding.severity}`} data-code={finding.code}>
      <span class="studio-severity">{words[`findings.${finding.severity}`]}</span>
      <span class="studio-finding-text">
        {element
          ? <button type="button" class="studio-link" onClick={() => studio.select(element.id)}>{name}</button>
          : <b>{name}</b>}
        {" "}{element ? finding.message.replace(NAMED, "") : finding.message}{finding.remedy && <small> {finding.remedy}</small>}
        {finding.repair && (
          <button type="button" class="btn btn-small studio-fix" onClick={() => studio.repair("finding", finding.element, finding.code)}>{words["repair.one"]}</button>
        )}
        {finding.story && <Story studio={studio} story={finding.story} />}
      </span>
    </li>
  );
}
