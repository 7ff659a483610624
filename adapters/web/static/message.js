// One message as an element: head, text, card, choices; and editing it in place.

import { chart } from "./chart.js";
import { clock, h, hue, icon, moment, shortClock, word } from "./dom.js";
import { download, shown } from "./pictures.js";

export function avatar(author, name, extra = "") {
  if (author === "coach") return h("span", { class: `avatar coach ${extra}`, "aria-hidden": "true" }, icon("logo"));
  const code = /^Guest (..)/.exec(name);
  const initials = code ? code[1] : name.slice(0, 1);
  return h("span", { class: `avatar person hue-${hue(author)} ${extra}`, "aria-hidden": "true" }, initials);
}

/**
 * Make the element of a row. `context` says who looks and what may be done:
 * {me, isPrivateHere, press(row, choice), edit(row, text), remove(row), openThread(row)}; empty for an example.
 */
export function messageElement(row, context) {
  const mine = row.author === context.me;
  const name = row.author === "coach" ? word("coach") : mine ? word("you") : row.name;
  const item = h("li", { class: "message", "data-id": row.id, "data-author": row.author, tabindex: "-1" });
  item.append(avatar(row.author, row.name || name));
  const at = new Date(row.at);
  const head = h(
    "div",
    { class: "message-head" },
    h("b", { class: "author" }, name),
    row.author === "coach" ? h("span", { class: "app-tag" }, word("app")) : null,
    row.at ? h("time", { datetime: at.toISOString(), title: moment(at) }, clock(at)) : null,
  );
  const side = row.at ? h("time", { class: "side-time", "aria-hidden": "true" }, shortClock(at)) : null;
  const content = h("div", { class: "content" }, head);
  if (row.private && !context.isPrivateHere && !row.opens)
    content.append(h("p", { class: "only-you" }, icon("eye"), word("private")));
  if (row.opens) content.append(threadCard(row, context));
  else content.append(body(row));
  if (row.choices?.length) content.append(choices(row, context));
  item.append(side ?? "", content);
  if (row.pending) item.classList.add("pending");
  if (row.live) item.setAttribute("aria-busy", "true");
  if (mine && row.source !== undefined && !row.pending) item.append(tools(row, item, context));
  item.row = row;
  return item;
}

function body(row) {
  const element = h("div", { class: `text${row.live ? " live" : ""}`, dir: "auto" });
  element.innerHTML = row.html;
  for (const figure of element.querySelectorAll("figure.code")) figure.append(copyButton(figure));
  for (const note of element.querySelectorAll("p.file")) {
    if (row.picture) note.before(shown(row, note));
    note.prepend(icon(row.picture ? "picture" : "file"));
  }
  return row.chart ? card(row, element) : element;
}

/** A message with a chart is a card: its first line is the title, the chart follows, then the rest line by line. */
function card(row, element) {
  const lines = [];
  for (const paragraph of element.querySelectorAll(":scope > p")) {
    let line = [];
    for (const node of [...paragraph.childNodes]) {
      if (node.nodeName === "BR") {
        lines.push(line);
        line = [];
      } else line.push(node);
    }
    lines.push(line);
    paragraph.remove();
  }
  const [title, ...rest] = lines.filter((line) => line.some((node) => node.textContent.trim()));
  return h(
    "article",
    { class: "card", dir: "auto" },
    h("p", { class: "card-title" }, ...(title ?? [])),
    chart(row.chart),
    h("ul", { class: "card-lines" }, ...rest.map((line) => h("li", {}, ...line))),
    ...element.childNodes,
  );
}

function threadCard(row, context) {
  return h(
    "button",
    { class: "thread-card", type: "button", onclick: () => context.openThread?.(row) },
    h("span", { class: "thread-icon" }, icon(row.private ? "lock" : "thread")),
    h(
      "span",
      { class: "thread-words" },
      h("b", {}, row.title),
      h("span", {}, `${word(row.private ? "private-thread" : "public-thread")} · ${word("open-thread")}`),
    ),
  );
}

function choices(row, context) {
  const group = h("div", { class: "choices", role: "group" });
  for (const choice of row.choices) {
    if (choice.action === "download") {
      group.append(download(row, choice));
      continue;
    }
    const button = h(
      "button",
      { class: `button ${choice.style === "plain" ? "" : choice.style}`, type: "button" },
      h("span", { class: "label" }, choice.label),
    );
    if (context.press) button.addEventListener("click", () => context.press(row, choice, button));
    else button.disabled = true;
    group.append(button);
  }
  return group;
}

function copyButton(figure) {
  const button = h("button", { class: "copy", type: "button" }, word("copy"));
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(figure.querySelector("code").textContent);
    button.textContent = word("copied");
    setTimeout(() => (button.textContent = word("copy")), 1500);
  });
  return button;
}

function tools(row, item, context) {
  return h(
    "div",
    { class: "tools", role: "group" },
    h("button", { class: "icon-button", type: "button", "aria-label": word("edit"), title: word("edit"),
      onclick: () => startEdit(item, context) }, icon("edit")),
    h("button", { class: "icon-button", type: "button", "aria-label": word("delete"), title: word("delete"),
      onclick: () => context.remove(row) }, icon("trash")),
  );
}

/** Replace the text by a field; Enter saves, Escape leaves. */
export function startEdit(item, context) {
  if (item.querySelector(".edit")) return;
  const row = item.row;
  const field = h("textarea", { class: "edit-field", "aria-label": word("edit"), rows: "1" });
  field.value = row.source;
  const text = item.querySelector(".text");
  const done = () => {
    form.remove();
    text.hidden = false;
    item.focus();
  };
  const save = () => {
    const wanted = field.value;
    done();
    if (wanted.trim() && wanted !== row.source) context.edit(row, wanted);
  };
  const form = h(
    "div",
    { class: "edit" },
    field,
    h("p", { class: "edit-buttons" },
      h("span", {}, word("edit-hint")),
      h("button", { class: "button", type: "button", onclick: done }, word("cancel")),
      h("button", { class: "button primary", type: "button", onclick: save }, word("save"))),
  );
  field.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Escape") done();
    else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      save();
    }
  });
  field.addEventListener("input", () => grow(field));
  text.hidden = true;
  text.after(form);
  grow(field);
  field.focus();
  field.setSelectionRange(field.value.length, field.value.length);
}

/** Make a field as high as its text, up to the limit that the style sheet sets. */
export function grow(field) {
  field.classList.toggle("has-code", field.value.includes("```"));
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight + 2}px`;
}
