/* Drags a weekly lesson to another weekday and period. On <div data-module="timetable" data-says> around the week: blocks
   [draggable][data-pattern][data-version][data-move], cells td[data-weekday][data-period], and one form[data-move-form] that is
   sent to the block's address. Without a script or a mouse the link in each block opens the form of the lesson. */
export default function timetable(root) {
  const form = root.querySelector("form[data-move-form]");
  let held = null;
  const cellOf = (event) => event.target.closest?.("td[data-period]");
  root.addEventListener("dragstart", (event) => {
    held = event.target.closest("[data-pattern]");
    if (!held) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", held.dataset.pattern);
    held.classList.add("is-held");
  });
  root.addEventListener("dragend", () => {
    held?.classList.remove("is-held");
    root.querySelector(".is-over")?.classList.remove("is-over");
    held = null;
  });
  root.addEventListener("dragover", (event) => {
    const cell = cellOf(event);
    if (!held || !cell || cell.contains(held)) return;
    event.preventDefault();
    root.querySelector(".is-over")?.classList.remove("is-over");
    cell.classList.add("is-over");
  });
  root.addEventListener("drop", (event) => {
    const cell = cellOf(event);
    if (!held || !cell || cell.contains(held)) return;
    event.preventDefault();
    form.action = held.dataset.move;
    form.elements.pattern.value = held.dataset.pattern;
    form.elements.version.value = held.dataset.version;
    form.elements.weekday.value = cell.dataset.weekday;
    form.elements.period.value = cell.dataset.period;
    form.requestSubmit();
  });
}
