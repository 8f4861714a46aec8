/* Dialogs, clauses and short news on every page.
   [data-opens="id"] opens <dialog id>, [data-closes] closes the one around it.
   a[data-clause] opens the clause in place:  GET /clauses/<number>, header X-Fragment: 1 -> an HTML fragment (two sentences).
   toast(text, {kind: "late", action: {label, run}}) says something short in the corner. */
import { csrf } from "./wire.js";

export function toast(text, { kind = "", action = null, stay = 6000 } = {}) {
  const line = document.createElement("div");
  line.className = `toast-line${kind ? ` toast-${kind}` : ""}`;
  line.append(Object.assign(document.createElement("span"), { textContent: text }));
  if (action) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: action.label });
    button.addEventListener("click", () => { line.remove(); action.run(); });
    line.append(button);
  }
  document.getElementById("toasts")?.append(line);
  setTimeout(() => line.remove(), stay);
  return line;
}

async function openClause(link) {
  const dialog = document.getElementById("clause");
  const text = dialog.querySelector(".clause-text");
  dialog.querySelector("h2").textContent = link.textContent.trim();
  text.textContent = "…";
  dialog.showModal();
  try {
    const answer = await fetch(link.href, { headers: { "X-Fragment": "1" } });
    if (!answer.ok) throw new Error(String(answer.status));
    text.innerHTML = await answer.text();
  } catch {
    text.textContent = dialog.dataset.failed;
  }
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens)?.showModal();
  if (event.target.closest("[data-closes]")) event.target.closest("dialog")?.close();
  if (event.target.matches("dialog") && event.target.open) {
    const box = event.target.getBoundingClientRect();
    const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!inside) event.target.close();
  }
  const clause = event.target.closest("a[data-clause]");
  if (clause && document.getElementById("clause") && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    openClause(clause);
  }
});

document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-again]")) return;
  const hidden = event.target.querySelector?.("input[name=csrf_token]");
  if (hidden && csrf()) hidden.value = csrf();
}, true);
