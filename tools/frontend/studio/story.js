/* The story of a finding, played on the drawing: the way so far is marked, and a token moves along the flows of each step. */
import { useEffect, useState } from "@bpmn-io/properties-panel/preact/hooks";
import { h } from "./components.js";
import { shapeOf } from "./shapes.js";

const STEP = 1400;
const MOVE = 900;
const SVG = "http://www.w3.org/2000/svg";

export function Story({ studio, story }) {
  const { words } = studio;
  const [place, setPlace] = useState(-1);
  const [plays, setPlays] = useState(false);
  const last = story.length - 1;
  useEffect(() => {
    show(studio, story, place);
    return () => clear(studio);
  }, [place]);
  useEffect(() => {
    if (!plays) return undefined;
    if (place >= last) { setPlays(false); return undefined; }
    const timer = setTimeout(() => setPlace(place + 1), place < 0 ? 0 : STEP);
    return () => clearTimeout(timer);
  }, [plays, place]);
  const play = () => {
    if (place >= last) setPlace(-1);
    setPlays(!plays);
  };
  return (
    <div class="studio-player">
      <div class="studio-player-bar" role="group" aria-label={words["story.play"]}>
        <button type="button" class="btn btn-small" data-does="play" onClick={play}>{plays ? words["story.pause"] : words["story.play"]}</button>
        <button type="button" class="btn btn-small" disabled={place <= 0} onClick={() => { setPlays(false); setPlace(place - 1); }}>{words["story.back"]}</button>
        <button type="button" class="btn btn-small" data-does="next" disabled={place >= last} onClick={() => { setPlays(false); setPlace(place + 1); }}>{words["story.next"]}</button>
        {place >= 0 && <button type="button" class="btn btn-small" onClick={() => { setPlays(false); setPlace(-1); }}>{words["story.end"]}</button>}
      </div>
      <ol class="studio-story">
        {story.map((line, number) => (
          <li class={number === place ? "is-here" : ""} aria-current={number === place ? "step" : undefined}>
            {shapeOf(studio, line.element) ? <button type="button" class="studio-link" onClick={() => { setPlays(false); setPlace(number); }}>{line.text}</button> : line.text}
          </li>
        ))}
      </ol>
    </div>
  );
}

function clear({ canvas, drawing }) {
  for (const element of drawing.all()) for (const mark of ["story-path", "story-here"]) canvas.removeMarker(element, mark);
  canvas.getLayer("story", 1).replaceChildren();
}

function show(studio, story, place) {
  const { canvas, drawing } = studio;
  if (place < 0) return;
  for (const line of story.slice(0, place + 1)) {
    for (const id of [line.element, ...line.flows]) {
      const element = shapeOf(studio, id);
      if (element) canvas.addMarker(element, "story-path");
    }
  }
  const here = shapeOf(studio, story[place].element);
  if (here) {
    canvas.addMarker(here, "story-here");
    canvas.scrollToElement(here, { top: 60, right: 60, bottom: 60, left: 60 });
  }
  const flows = story[place].flows.map((id) => drawing.shape(id)).filter((flow) => flow?.waypoints);
  if (flows.length && !matchMedia("(prefers-reduced-motion: reduce)").matches) move(canvas.getLayer("story", 1), flows);
}

/* One token for all flows of a step, one after the other. */
function move(layer, flows) {
  const token = document.createElementNS(SVG, "circle");
  token.setAttribute("r", "9");
  token.setAttribute("class", "story-token");
  layer.append(token);
  const legs = flows.flatMap(({ waypoints }) => waypoints.slice(1).map((to, number) => ({ from: waypoints[number], to, length: Math.hypot(to.x - waypoints[number].x, to.y - waypoints[number].y) })));
  const whole = legs.reduce((sum, leg) => sum + leg.length, 0) || 1;
  const began = performance.now();
  const frame = (now) => {
    if (!token.isConnected) return;
    let way = Math.min((now - began) / MOVE, 1) * whole;
    const leg = legs.find((one) => { if (way <= one.length) return true; way -= one.length; return false; }) ?? legs.at(-1);
    const share = leg.length ? Math.min(way / leg.length, 1) : 1;
    token.setAttribute("cx", String(leg.from.x + (leg.to.x - leg.from.x) * share));
    token.setAttribute("cy", String(leg.from.y + (leg.to.y - leg.from.y) * share));
    if (now - began < MOVE) requestAnimationFrame(frame);
    else token.remove();
  };
  requestAnimationFrame(frame);
}
