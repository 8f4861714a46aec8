/* Fields that take files speak the language of the page, not that of the browser. The field itself stays where it is, over the
   button that is drawn here: a press, a drop and the keyboard reach it as before. */
import { risks } from "./device.js";
import { words } from "./wire.js";

/* A file that was chosen cannot be kept: the browser asks before it leaves without it. */
const going = new WeakSet();
addEventListener("submit", (event) => { if (!event.defaultPrevented && !event.submitter?.matches("[data-no-enter]")) going.add(event.target); });
risks.add(() => [...document.querySelectorAll("input[type=file]")].some((field) => field.files.length > 0 && !going.has(field.form)));

export default function files(root) {
  for (const field of root.querySelectorAll("input[type=file]")) {
    if (field.closest(".pick")) continue;
    const box = Object.assign(document.createElement("div"), { className: "pick" });
    const button = Object.assign(document.createElement("span"), { className: "btn", textContent: words().choose });
    const names = Object.assign(document.createElement("span"), { className: "pick-names", textContent: words().none });
    button.setAttribute("aria-hidden", "true");
    names.setAttribute("aria-live", "polite");
    field.before(box);
    box.append(button, names, field);
    field.addEventListener("change", () => {
      names.textContent = [...field.files].map((file) => file.name).join(", ") || words().none;
    });
  }
}
