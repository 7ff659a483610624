// Small helpers: elements, icons, words of the page, times.

const SVG = "http://www.w3.org/2000/svg";

/** Make an element: h("button", {class: "x", onclick: f}, "text", child). */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && typeof value === "boolean") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

export function icon(name) {
  return svg("svg", { "aria-hidden": "true", class: "icon" }, svg("use", { href: `#i-${name}` }));
}

export function template(id) {
  return document.getElementById(id).content.firstElementChild.cloneNode(true);
}

/** A word or sentence of the page itself, from index.html. */
export function word(name) {
  const found = document.getElementById("words").content.querySelector(`[data-word="${CSS.escape(name)}"]`);
  return found ? found.textContent : name;
}

export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function place(channel, thread = "") {
  return thread ? `${channel}/${thread}` : channel;
}

export function clock(at) {
  return new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" }).format(at);
}

/** The time without AM and PM, where there is little room. */
export function shortClock(at) {
  const parts = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" }).formatToParts(at);
  return parts.filter((part) => part.type !== "dayPeriod").map((part) => part.value).join("").trim();
}

export function moment(at) {
  return new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" }).format(at);
}

export function dayKey(at) {
  return new Date(at).toDateString();
}

export function day(at) {
  const today = new Date();
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
  if (dayKey(at) === today.toDateString()) return word("today");
  if (dayKey(at) === yesterday.toDateString()) return word("yesterday");
  const year = new Date(at).getFullYear() === today.getFullYear() ? undefined : "numeric";
  return new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long", year }).format(at);
}

/** The day, for lists; nothing for today. */
export function shortDay(at) {
  if (dayKey(at) === new Date().toDateString()) return "";
  return new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" }).format(at);
}

/** A colour of six for an author, always the same one. */
export function hue(author) {
  let sum = 0;
  for (const character of author) sum = (sum * 31 + character.charCodeAt(0)) % 6;
  return sum;
}

/** Move focus among the items of a list with the arrow keys; only one of them is a tab stop. */
export function roving(list, selector, event) {
  const items = [...list.querySelectorAll(selector)].filter((item) => item.offsetParent !== null);
  const at = items.indexOf(event.target.closest(selector));
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (at < 0 || to === undefined || !items[to]) return;
  event.preventDefault();
  for (const item of items) item.tabIndex = -1;
  items[to].tabIndex = 0;
  items[to].focus();
}
