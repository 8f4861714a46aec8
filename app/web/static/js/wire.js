/* JSON to the server and back, with the CSRF token, and signing in again in place when the session has ended.
     send(method, url, body) -> {status, body}; status 0 means no network. Never throws.
   Contract: request header X-CSRFToken, Accept and Content-Type application/json. An ended session answers 401 and nothing else.
   Then the dialog #again asks for name and password:
     POST /sign-in  JSON {login, password}  ->  200 {csrf, person}  |  401 or 422 or 429 {error: {message}}
   and the request is sent once more with the new token. When another person signed in, the page is loaded again.
   A token of an earlier session answers 400 `kernel.input.no_token`: the page is asked for the present one. */

let token = document.body.dataset.csrf ?? "";
let waiting = null;

export const csrf = () => token;
export const words = () => document.getElementById("words")?.dataset ?? {};

/* A request outlives its page (keepalive) unless it is too long for that: browsers take 64 KB of them at a time. */
const OUTLIVES = 20000;

async function once(method, url, body) {
  const headers = { Accept: "application/json", "X-CSRFToken": token };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const text = body === undefined ? undefined : JSON.stringify(body);
  try {
    const answer = await fetch(url, { method, headers, body: text, keepalive: method !== "GET" && (text ?? "").length < OUTLIVES });
    const json = answer.headers.get("content-type")?.includes("json");
    return { status: answer.status, body: json ? await answer.json() : null };
  } catch {
    return { status: 0, body: null };
  }
}

export async function send(method, url, body) {
  const first = await once(method, url, body);
  if (first.status === 400 && first.body?.error?.code === "kernel.input.no_token") return renewed(method, url, body);
  if (first.status !== 401) return first;
  return (await signInAgain()) ? once(method, url, body) : first;
}

/* The token is of an earlier session of the same person, who signed in anew in another window: take the new one. Where another
   person has signed in, nothing is sent in his name; it counts as an ended session. */
async function renewed(method, url, body) {
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    const { csrf: fresh, person } = new DOMParser().parseFromString(await answer.text(), "text/html").body.dataset;
    if (!fresh || person !== document.body.dataset.person) return { status: 401, body: null };
    token = fresh;
    document.body.dataset.csrf = fresh;
    document.body.setAttribute("hx-headers:inherited", JSON.stringify({ "X-CSRFToken": fresh }));
    return once(method, url, body);
  } catch {
    return { status: 0, body: null };
  }
}

export function signInAgain() {
  waiting ??= new Promise((resolve) => {
    const dialog = document.getElementById("again");
    if (!dialog) return resolve(false);
    const form = dialog.querySelector("form");
    const error = form.querySelector("[data-error]");
    const finish = (done) => {
      waiting = null;
      form.removeEventListener("submit", submit);
      dialog.removeEventListener("close", later);
      if (dialog.open) dialog.close();
      resolve(done);
    };
    const later = () => finish(false);
    const submit = async (event) => {
      event.preventDefault();
      const answer = await once("POST", form.action, { login: form.elements.login.value, password: form.elements.password.value });
      form.elements.password.value = "";
      if (answer.status === 200) {
        if (document.body.dataset.person && answer.body.person && answer.body.person !== document.body.dataset.person) {
          location.reload();
          return;
        }
        token = answer.body.csrf;
        document.body.dataset.csrf = token;
        document.body.setAttribute("hx-headers:inherited", JSON.stringify({ "X-CSRFToken": token }));
        finish(true);
      } else {
        error.hidden = false;
        error.lastElementChild.textContent = answer.body?.error?.message ?? words().failed ?? "";
      }
    };
    form.addEventListener("submit", submit);
    dialog.addEventListener("close", later);
    error.hidden = true;
    dialog.showModal();
  });
  return waiting;
}
