/* Keys and selection for the list in inbox/_list.html.
     j k   next and previous row      Enter  open      x  select      a  approve      r  return
   With a task open, a and r go to its button or its reason; with rows selected, a goes to the button that claims them.
   The bar for many at once is a plain form: the server answers with the list, and says beside a row why it could not be done. */
import { typing } from "./keys.js";

const wide = matchMedia("(min-width: 1100px)");

export default function inbox(list) {
  const bulk = list.querySelector("[data-bulk]");
  const rows = () => [...list.querySelectorAll(".task-row")];
  const boxes = () => rows().map((row) => row.querySelector("input[type=checkbox]"));
  const at = () => rows().findIndex((row) => row.contains(document.activeElement));
  const opened = () => rows().findIndex((row) => row.classList.contains("is-open"));

  function count() {
    const picked = boxes().filter((box) => box.checked).length;
    bulk.hidden = picked === 0;
    bulk.querySelector("[data-number]").textContent = String(picked);
    const all = bulk.querySelector("[data-all]");
    all.checked = picked > 0 && picked === boxes().length;
    all.indeterminate = picked > 0 && !all.checked;
  }
  function move(step) {
    const here = at() >= 0 ? at() : opened();
    const next = rows()[Math.min(Math.max(here + step, 0), rows().length - 1)];
    next?.querySelector(".row-link").focus();
    next?.scrollIntoView({ block: "nearest" });
  }
  function decide(value) {
    const button = document.querySelector(`.task-form [data-decision="${value}"]`);
    if (!button) return;
    const reason = value === "return" ? button.form.querySelector("textarea") : null;
    (reason ?? button).scrollIntoView({ block: "center" });
    (reason ?? button).focus();
  }
  list.addEventListener("change", (event) => {
    if (event.target.matches("[data-all]")) for (const box of boxes()) box.checked = event.target.checked;
    if (event.target.closest("[data-filters]")?.contains(event.target) && event.target.matches("select")) event.target.form.requestSubmit();
    count();
  });
  bulk.querySelector("[data-none]").addEventListener("click", () => { for (const box of boxes()) box.checked = false; count(); });

  document.addEventListener("htmx:before:request", (event) => {
    const link = event.target.closest?.(".row-link");
    if (link && !wide.matches) { event.preventDefault(); location.assign(link.href); }
  });
  document.addEventListener("htmx:after:swap", () => {
    const id = document.querySelector("#task [data-task]")?.dataset.task;
    for (const row of rows()) row.classList.toggle("is-open", row.dataset.task === id);
    list.closest(".desk")?.classList.toggle("has-task", Boolean(id));
    document.getElementById("task")?.scrollTo(0, 0);
  });
  document.addEventListener("keydown", (event) => {
    if (typing(event) || !list.isConnected) return;
    const run = {
      KeyJ: () => move(1), KeyK: () => move(-1),
      KeyX: () => { rows()[at() >= 0 ? at() : opened()]?.querySelector("input").click(); },
      KeyA: () => (boxes().some((box) => box.checked) ? bulk.querySelector("button[name=verb]")?.focus() : decide("approve")),
      KeyR: () => decide("return"),
    }[event.code];
    if (run) { event.preventDefault(); run(); }
  });
  count();
}
