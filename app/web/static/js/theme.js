/* Light or dark, before the first paint. A classic script in <head>: knows <html data-theme> (auto, light, dark), which the
   server draws from the account or a cookie, and turns "auto" into what the device prefers. The three buttons of the form
   [data-theme-form] work without a script (POST, redirect); with one the page changes in place:
     POST <form action>, form-encoded theme=, csrf_token=, next=; any 2xx or redirect is fine. */
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const show = () => {
    const wish = root.dataset.theme;
    root.dataset.bsTheme = wish === "auto" || !wish ? (dark.matches ? "dark" : "light") : wish;
  };
  show();
  dark.addEventListener("change", show);
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-theme-form]") || !event.submitter) return;
    event.preventDefault();
    const body = new URLSearchParams(new FormData(form, event.submitter));
    fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } }).catch(() => {});
    root.dataset.theme = event.submitter.value;
    for (const other of document.querySelectorAll("[data-theme-form] button")) {
      other.setAttribute("aria-pressed", String(other.value === event.submitter.value));
    }
    show();
  });
})();
