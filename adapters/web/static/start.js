// Starting an interview: the kinds, the three difficulties, and the first screen with its example.

import { h, template } from "./dom.js";
import { messageElement } from "./message.js";

/** The kinds and difficulties; `start(words)` is called with what was chosen. */
export function startPanel(kinds, start) {
  const panel = template("start-template");
  const chips = panel.querySelector(".chips");
  const group = `kind-${Math.random()}`;
  kinds.forEach((kind, at) => {
    const input = h("input", { type: "radio", name: group, value: kind.name, checked: at === 0 });
    chips.append(h("label", { class: "chip" }, input, h("span", {}, kind.title)));
  });
  for (const level of panel.querySelectorAll(".level"))
    level.addEventListener("click", () => {
      const kind = panel.querySelector("input:checked")?.value ?? "";
      start(`${level.dataset.words} ${kind}`.trim());
    });
  return panel;
}

/** The first screen: how to start, beside a finished example. */
export function welcome(store, start) {
  const screen = template("welcome-template");
  screen.querySelector(".start-slot").append(startPanel(store.kinds, start));
  const list = screen.querySelector(".example-messages");
  let before = "";
  store.example.forEach((line, at) => {
    const item = messageElement({ id: `example-${at}`, at: 0, name: "", ...line }, { me: "you", isPrivateHere: true });
    item.removeAttribute("tabindex");
    item.classList.toggle("grouped", before === line.author);
    before = line.author;
    list.append(item);
  });
  return screen;
}
