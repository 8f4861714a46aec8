/* Says who else has a draft open, and reports that this page has it: POST data-presence {} -> 200 {editors: [sentence]}. */
import { send } from "./wire.js";

const REPORT_EVERY = 20000;

export function presence(root) {
  const place = document.querySelector("[data-presence] > span")?.parentElement;
  const report = async () => {
    if (document.hidden || !root.isConnected) return;
    const answer = await send("POST", root.dataset.presence, {});
    if (answer.status !== 200) return;
    const { editors } = answer.body;
    place.hidden = !editors.length;
    place.querySelector("span").textContent = editors.join(". ");
  };
  report();
  setInterval(report, REPORT_EVERY);
}
