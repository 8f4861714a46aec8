/* A value that an earlier page sent, or could not send, and of which it never heard again (device.js) is sent once more from whatever
   page comes next: the server answers a repeat as the first time. What stays unsaved is told on top of the page, until the person
   opens its page or throws it away. The page the value belongs to looks after it itself.
     cell:..., line:..., about:...  {save, page, label, body, typing?}   typing: left in the middle of a word, never sent by itself
     typed:...                      {page, label} */
import { forget, keptUnder } from "./device.js";
import { send, words } from "./wire.js";

const make = (name, more) => Object.assign(document.createElement(name), more);

async function stays([name, one]) {
  if (!one.save || one.typing) return [name, one, ""];
  const { status, body } = await send("PUT", one.save, one.body);
  if (status === 200) forget(name);
  const texts = Object.values(body?.error?.fields ?? {}).flat();
  return status === 200 ? null : [name, one, texts.join(" ") || body?.error?.message || ""];
}

export default async function left() {
  const here = document.querySelector("[data-module=grid], [data-module=sheet], [data-module=lesson]");
  const others = ["cell:", "line:", "about:", "typed:"].flatMap(keptUnder).filter(([, one]) => !here || one.page !== location.pathname);
  const open = [];
  for (const one of others) {
    const found = await stays(one);
    if (found) open.push(found);
  }
  if (open.length === 0) return;
  const box = make("div", { className: "note note-late" });
  box.setAttribute("role", "status");
  const text = document.createElement("div");
  text.append(make("strong", { textContent: words().left }));
  const list = document.createElement("ul");
  for (const [name, one, why] of open) {
    const item = document.createElement("li");
    item.append(make("span", { textContent: one.label, translate: false }), why ? `. ${why} ` : " ", make("a", { href: one.page, textContent: words().openPage }), " ");
    const drop = make("button", { type: "button", className: "btn btn-small", textContent: words().drop });
    drop.addEventListener("click", () => { forget(name); item.remove(); if (!list.children.length) box.remove(); });
    item.append(drop);
    list.append(item);
  }
  text.append(list);
  box.append(text);
  document.querySelector("main .content")?.prepend(box);
}
