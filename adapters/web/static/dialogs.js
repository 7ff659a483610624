// Dialogs: a form under a button, and the question before a message is deleted.

import { h } from "./dom.js";

/** Show a form and return its values by name, or null when it was left. */
export function askForm(form, channels) {
  const dialog = document.getElementById("form-dialog");
  const inner = dialog.querySelector("form");
  dialog.querySelector("h2").textContent = form.title;
  dialog.querySelector("[value=send]").textContent = form.send;
  dialog.querySelector(".fields").replaceChildren(...form.fields.map((field) => fieldElement(field, channels)));
  return new Promise((resolve) => {
    const send = (event) => {
      event.preventDefault();
      dialog.close("send");
    };
    const cancel = () => dialog.close("cancel");
    dialog.returnValue = "";
    inner.addEventListener("submit", send);
    dialog.querySelector("[value=cancel]").addEventListener("click", cancel);
    dialog.addEventListener(
      "close",
      () => {
        inner.removeEventListener("submit", send);
        dialog.querySelector("[value=cancel]").removeEventListener("click", cancel);
        resolve(dialog.returnValue === "send" ? Object.fromEntries(new FormData(inner)) : null);
      },
      { once: true },
    );
    dialog.showModal();
  });
}

function fieldElement(field, channels) {
  const common = { name: field.name, required: field.required };
  let input;
  if (field.kind === "text") {
    input = h("textarea", { ...common, rows: "4", maxlength: "40000" });
    input.value = field.value;
  } else if (field.kind === "choice" || field.kind === "place") {
    const options = field.kind === "place" ? channels.map((channel) => [channel.id, `#${channel.name}`]) : field.options;
    input = h("select", common, ...options.map(([value, label]) => h("option", { value }, label)));
    if (options.some(([value]) => value === field.value)) input.value = field.value;
  } else {
    input = h("input", { ...common, type: "text", maxlength: "40000", autocomplete: "off" });
    input.value = field.value;
  }
  return h("label", { class: "field" }, h("span", {}, field.label), input);
}

export function askDelete() {
  const dialog = document.getElementById("delete-dialog");
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "delete"), { once: true });
  });
}
