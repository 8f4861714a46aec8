/* A form is not sent into nothing: without a network the page stays, with all that was typed and the files that were chosen.
   A browser says offline also where only this server is reached (a machine without a cable), so the server is asked first. */
import { toast } from "./dialogs.js";
import { words } from "./wire.js";

const reached = new WeakSet();
const answers = () => fetch(import.meta.url, { method: "HEAD", cache: "no-store" }).then((answer) => answer.ok, () => false);

document.addEventListener("submit", async (event) => {
  const { target: form, submitter } = event;
  if (event.defaultPrevented || navigator.onLine || form.method !== "post" || reached.delete(form)) return;
  event.preventDefault();
  if (!await answers()) { toast(words().unsent, { kind: "late" }); return; }
  reached.add(form);
  form.requestSubmit(submitter);
});
