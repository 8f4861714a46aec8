/* A field of a day (data-module="date_field", macro date_input): text that reads 30.11.2026, and a button that opens a calendar in
   the language of the page, Monday first. (A browser's own calendar is in the language of the browser, and Chromium has no Kyrgyz
   names of months: they come from the server.) What is typed stays as it is until the field is left; then a day that is read in one
   way only is written out. The server reads all of it again (kernel/typed_values.py), so the field works without this script.
     data-least, data-most   ISO days that the calendar does not go beyond
     data-time on the field  a time follows the day: choosing a day keeps it */
import { words } from "./wire.js";

const two = (number) => String(number).padStart(2, "0");

/* {day: ISO text or "", rest: what follows it} */
function parts(text) {
  const found = text.trim().match(/^(?:(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})[.,]\s*(\d{1,2})[.,]\s*(\d{4}|\d{2})|(\d{2})(\d{2})(\d{4}))(?:T|,?\s+|$)(.*)$/);
  if (!found) return { day: "", rest: "" };
  const [year, month, day] = found[1] ? found.slice(1, 4) : found[4] ? [found[6], found[5], found[4]] : [found[9], found[8], found[7]];
  const iso = `${year.length === 2 ? "20" : ""}${year}-${two(month)}-${two(day)}`;
  const date = new Date(`${iso}T00:00:00Z`);
  return Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== iso ? { day: "", rest: "" } : { day: iso, rest: found[10] };
}
const written = (iso, rest = "") => `${iso.split("-").reverse().join(".")}${rest ? ` ${rest}` : ""}`;

const DAY = 86400000;
const isoOf = (moment) => new Date(moment).toISOString().slice(0, 10);
const monthsOn = (iso, number) => {
  const [year, month, day] = iso.split("-").map(Number);
  const last = new Date(Date.UTC(year, month + number, 0)).getUTCDate();
  return isoOf(Date.UTC(year, month - 1 + number, Math.min(day, last)));
};
const make = (tag, values = {}, ...children) => {
  const made = Object.assign(document.createElement(tag), values);
  made.append(...children);
  return made;
};

/* One month as a table of buttons; arrows, Home, End and Page Up and Down move as in every calendar of the web. */
function calendar(choose, least, most) {
  const table = make("table");
  const title = make("strong", { id: `month-${Math.random().toString(36).slice(2)}`, ariaLive: "polite" });
  const turn = (sign, label, number) => make("button", { type: "button", className: "btn btn-small", title: label, ariaLabel: label, onclick: () => show(monthsOn(at, number), false) }, sign);
  const box = make("div", { className: "date-month" }, make("div", { className: "date-head" }, turn("‹", words().monthBefore, -1), title, turn("›", words().monthAfter, 1)), table);
  const today = isoOf(Date.now() + 6 * 3600000);
  let at = today;
  let chosen = "";
  table.setAttribute("aria-labelledby", title.id);

  function show(iso, focus = true) {
    at = iso < "2000-01-01" ? "2000-01-01" : iso > "2100-12-31" ? "2100-12-31" : iso;
    const [year, month] = at.split("-").map(Number);
    title.textContent = `${words().months.split("|")[month - 1]} ${year}`;
    const names = words().weekdays.split("|").map((pair) => pair.split("="));
    const head = make("tr", {}, ...names.map(([short, long]) => make("th", { scope: "col", abbr: long, title: long }, short)));
    const first = Date.UTC(year, month - 1, 1);
    const before = (new Date(first).getUTCDay() + 6) % 7;
    const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
    const rows = [];
    for (let week = -before; week < days; week += 7) {
      rows.push(make("tr", {}, ...[...Array(7).keys()].map((place) => (week + place < 0 || week + place >= days ? make("td") : make("td", {}, cell(isoOf(first + (week + place) * DAY)))))));
    }
    table.replaceChildren(make("thead", {}, head), make("tbody", {}, ...rows));
    if (focus) table.querySelector("[tabindex='0']").focus();
  }
  function cell(iso) {
    const made = make("button", { type: "button", tabIndex: iso === at ? 0 : -1, disabled: Boolean((least && iso < least) || (most && iso > most)) && iso !== at, onclick: () => choose(iso) }, String(Number(iso.slice(8))));
    made.setAttribute("aria-pressed", String(iso === chosen));
    if (iso === today) made.setAttribute("aria-current", "date");
    return made;
  }
  table.addEventListener("keydown", (event) => {
    const now = Date.parse(at);
    const weekday = (new Date(now).getUTCDay() + 6) % 7;
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7, Home: -weekday, End: 6 - weekday }[event.key];
    const months = { PageUp: -1, PageDown: 1 }[event.key];
    if (step === undefined && !months) return;
    event.preventDefault();
    show(months ? monthsOn(at, months * (event.shiftKey ? 12 : 1)) : isoOf(now + step * DAY));
  });
  return { box, open: (iso) => { chosen = iso; show(iso || (least > today ? least : most && most < today ? most : today)); } };
}

export default function dateField(box) {
  const field = box.querySelector("input");
  const button = box.querySelector(".date-open");
  const time = "time" in field.dataset;
  let pop;
  let month;

  field.addEventListener("change", () => {
    const { day, rest } = parts(field.value);
    if (day && (time || !rest)) field.value = written(day, rest);
  });

  function choose(iso) {
    const { rest } = parts(field.value);
    field.value = time ? `${written(iso)} ${rest}` : written(iso);
    pop.hidePopover();
    for (const type of ["input", "change"]) field.dispatchEvent(new Event(type, { bubbles: true }));
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
  }
  function place() {
    const at = button.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = pop;
    const below = at.bottom + 4 + height <= innerHeight || at.top < height;
    pop.style.left = `${Math.max(8, Math.min(at.right - width, innerWidth - width - 8))}px`;
    pop.style.top = `${Math.max(8, below ? Math.min(at.bottom + 4, innerHeight - height - 8) : at.top - 4 - height)}px`;
  }
  button.hidden = false;
  button.addEventListener("click", () => {
    if (!pop) {
      month = calendar(choose, box.dataset.least ?? "", box.dataset.most ?? "");
      pop = make("div", { popover: "auto", className: "date-pop", role: "dialog", ariaLabel: words().calendar }, month.box);
      pop.addEventListener("toggle", (event) => button.setAttribute("aria-expanded", String(event.newState === "open")));
      box.append(pop);
    }
    pop.showPopover({ source: button });
    month.open(parts(field.value).day);
    place();
  });
}
