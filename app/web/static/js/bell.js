/* The bell: opening it shows the newest notices below it. Without a script it leads to the page of all notices.
     GET [data-latest]  ->  an HTML fragment */
export default function bell(menu) {
  const body = menu.querySelector("[data-latest]");
  menu.addEventListener("toggle", async () => {
    if (!menu.open) return;
    body.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(body.dataset.latest, { headers: { Accept: "text/html" } });
      if (answer.ok) body.innerHTML = await answer.text();
    } catch {
      /* no network: the link to all notices stays */
    }
    body.removeAttribute("aria-busy");
  });
}
