/* The list of steps: the process, its lanes, and every node in the order of the flows, each with the fields of the panel. */
import { render } from "@bpmn-io/properties-panel/preact";
import { useState } from "@bpmn-io/properties-panel/preact/hooks";
import { Fragment, h } from "./components.js";
import { branchName, groupsOf } from "./groups.js";
import { carrierOf, getBusinessObject, is, kindOf, outgoingOf, titleOf } from "./model.js";

export function drawList(studio, place) {
  const draw = () => { if (!place.hidden) render(<StepList studio={studio} />, place); };
  for (const event of ["commandStack.changed", "import.done"]) studio.eventBus.on(event, () => queueMicrotask(draw));
  return draw;
}

/* A row stays open while its element gets another identifier. */
const keys = new WeakMap();
let given = 0;
function keyOf(element) {
  const carrier = carrierOf(element);
  if (!keys.has(carrier)) keys.set(carrier, (given += 1));
  return keys.get(carrier);
}

function StepList({ studio }) {
  const { words, drawing } = studio;
  const lanes = drawing.lanes();
  return (
    <table class="plain studio-steps">
      <thead><tr><th>№</th><th>{words["list.kind"]}</th><th>{words["list.step"]}</th><th>{words["group.lane"]}</th></tr></thead>
      <tbody>
        <Row studio={studio} element={drawing.root()} />
        {lanes.map((lane) => <Row key={keyOf(lane)} studio={studio} element={lane} />)}
        {drawing.inOrder().map((element, number) => (
          <Fragment key={keyOf(element)}>
            <Row studio={studio} element={element} number={number + 1} />
            {branchesOf(element).map((flow) => drawing.shape(flow.id) && <Row key={keyOf(drawing.shape(flow.id))} studio={studio} element={drawing.shape(flow.id)} />)}
          </Fragment>
        ))}
      </tbody>
    </table>
  );
}

const branchesOf = (element) => (kindOf(element) === "exclusive" && outgoingOf(getBusinessObject(element)).length > 1 ? outgoingOf(getBusinessObject(element)) : []);

function Row({ studio, element, number }) {
  const { words, drawing } = studio;
  const [open, setOpen] = useState(false);
  const kind = kindOf(element);
  const carrier = carrierOf(element);
  const name = kind === "flow" ? branchName(carrier, drawing.language) : titleOf(carrier, drawing.language);
  const lane = is(carrier, "bpmn:FlowNode") ? drawing.lanes().map(getBusinessObject).find((one) => one.flowNodeRef?.includes(carrier)) : null;
  const found = studio.findingsOf(carrier.id);
  const follows = is(carrier, "bpmn:FlowNode") && outgoingOf(carrier).length === 1;
  return (
    <Fragment>
      <tr class={`studio-step studio-step-${kind}`}>
        <td translate="no">{number ?? ""}</td>
        <td>{words[`kind.${kind}`]}</td>
        <td>
          <button type="button" class="studio-fold" aria-expanded={open ? "true" : "false"} onClick={() => setOpen(!open)} data-step={carrier.id}>
            <span class="studio-turn" aria-hidden="true">{open ? "▾" : "▸"}</span>{name}
          </button>
          {found.length > 0 && <span class={`studio-count studio-count-${found[0].severity}`} title={found.map((one) => one.message).join("\n")}>{found.length}</span>}
        </td>
        <td>{lane ? titleOf(lane, drawing.language) : ""}</td>
      </tr>
      {open && (
        <tr class="studio-step-fields">
          <td colSpan="4">
            {found.map((one) => <p class="studio-problem">{one.message} {one.remedy}</p>)}
            <div class="studio-row-actions">
              <button type="button" class="btn btn-small" onClick={() => studio.show(element.id)}>{words["list.show"]}</button>
              {follows && <button type="button" class="btn btn-small" onClick={() => studio.insertAfter(element)}>{words["list.after"]}</button>}
              {is(carrier, "bpmn:FlowNode") && <button type="button" class="btn btn-small" onClick={() => studio.remove(element)}>{words["list.remove"]}</button>}
            </div>
            <div class="studio-step-groups">
              {groupsOf(studio, element).map((one) => (
                <section key={one.id} aria-label={one.label}><h3 class="studio-group-title">{one.label}</h3>{one.body()}</section>
              ))}
            </div>
          </td>
        </tr>
      )}
    </Fragment>
  );
}
