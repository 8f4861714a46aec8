/* Keys of every page: "/" goes to the search, "?" opens the list of keys, Escape closes an open menu.
   Knows no page. Other modules ask `typing(event)` before they take a letter for themselves. */

export function typing(event) {
  const target = event.target;
  return (
    event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing ||
    target.isContentEditable || Boolean(document.querySelector("dialog[open]")) ||
    (target.matches?.("input, textarea, select") && !["checkbox", "radio"].includes(target.type))
  );
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    for (const menu of document.querySelectorAll("details.menu[open], .due-fold[open]")) {
      menu.open = false;
      if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
    }
  }
  if (typing(event)) return;
  if (event.key === "/" || event.code === "Slash" && !event.shiftKey && event.key !== "?" && !event.target.closest("[role=grid]")) {
    const find = document.querySelector("[data-find]");
    if (find?.offsetParent) {
      event.preventDefault();
      find.focus();
      find.select();
    }
  } else if (event.key === "?" || (event.shiftKey && event.code === "Slash")) {
    event.preventDefault();
    document.getElementById("keys")?.showModal();
  }
});

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open], .due-fold[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
