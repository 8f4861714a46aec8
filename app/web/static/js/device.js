/* What was typed and has not reached the server stays on this device, under the name of who typed it.
     keep(name, value) -> whether the browser took it;  kept(name);  forget(name);  arrived(name): the server has it;
     keptUnder(start) -> [[name, value]]
   localStorage, so that it outlives the tab. After seven days it is thrown away. Passwords and files never come here.
   onLeaving(run) calls `run` on every way out: another tab, another page, a closed window, a phone that sleeps.
   risks: functions that answer true while leaving would lose something; only then the browser asks before it leaves.
   A form that was sent is forgotten when the server says that it is done: the cookie `draft_sent` (web/core/draft_input.py) repeats the
   number that the form was sent with. */
const LIFE = 7 * 24 * 3600 * 1000;
const STAYS = 5000;
let leftAt = 0;
const own = `depter:${document.body.dataset.person ?? ""}:`;

function names() {
  try {
    return Object.keys(localStorage);
  } catch {
    return [];
  }
}

export function keep(name, value) {
  if (!document.body.dataset.person) return false;
  try {
    localStorage.setItem(own + name, JSON.stringify({ at: Date.now(), value }));
    return true;
  } catch {
    return false;
  }
}

export function kept(name) {
  try {
    return JSON.parse(localStorage.getItem(own + name))?.value ?? null;
  } catch {
    return null;
  }
}

export function forget(name) {
  try {
    localStorage.removeItem(own + name);
  } catch {
    /* nothing could be kept, so nothing is there */
  }
}

/* The server has it. While a page is being left, the next one may have been drawn before that: then it has to find the value here
   and send it once more, a repeat that changes nothing. A page that stays after all forgets it a little later. */
export function arrived(name) {
  const value = JSON.stringify(kept(name));
  if (Date.now() - leftAt > STAYS) forget(name);
  else setTimeout(() => { if (JSON.stringify(kept(name)) === value) forget(name); }, STAYS);
}

export function keptUnder(start) {
  const found = names().filter((name) => name.startsWith(own + start)).map((name) => name.slice(own.length));
  return found.map((name) => [name, kept(name)]).filter(([, value]) => value !== null);
}

export const risks = new Set();
const leaving = new Set();
const leave = () => { for (const run of leaving) run(); };
export const onLeaving = (run) => { leaving.add(run); };
addEventListener("pagehide", () => { leftAt = Date.now(); leave(); });
document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") leave(); });
addEventListener("beforeunload", (event) => {
  leftAt = Date.now();
  leave();
  if ([...risks].some((risk) => risk())) event.preventDefault();
});

/* at every page: what is too old goes, and what has arrived */
for (const name of names().filter((one) => one.startsWith("depter:"))) {
  try {
    if (!(JSON.parse(localStorage.getItem(name)).at > Date.now() - LIFE)) localStorage.removeItem(name);
  } catch {
    localStorage.removeItem(name);
  }
}
const done = document.cookie.match(/(?:^|; )draft_sent=([\w-]+)/)?.[1];
if (done) {
  for (const [name, value] of keptUnder("")) if (value.number === done) forget(name);
  document.cookie = "draft_sent=; Max-Age=0; Path=/; SameSite=Lax";
}
