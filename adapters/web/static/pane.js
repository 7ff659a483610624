// One conversation on the screen: its messages, kept at the end while one reads there, and its composer.

import { Composer } from "./composer.js";
import { day, dayKey, h, newId, roving, template, word } from "./dom.js";
import { messageElement, startEdit } from "./message.js";

const GROUP_MINUTES = 5;
const HANDLED_AFTER = 6_000;

export class Pane {
  /** `house` is the page: {store, connection, pending, openThread, askForm, askDelete, opened}. */
  constructor(house, { channel, thread, title, topic, label, placeholder, kind, privateHere }) {
    this.house = house;
    this.channel = channel;
    this.thread = thread;
    this.name = thread ? `${channel}/${thread}` : channel;
    this.element = template("pane-template");
    this.element.classList.add(thread ? "thread-pane" : "channel-pane");
    this.element.setAttribute("aria-label", title);
    this.element.querySelector(".pane-title").textContent = title;
    this.element.querySelector(".pane-topic").textContent = topic;
    this.scroll = this.element.querySelector(".scroll");
    this.list = this.element.querySelector(".messages");
    this.older = this.element.querySelector(".older");
    this.toEnd = this.element.querySelector(".to-end");
    this.thinking = this.element.querySelector(".thinking");
    this.items = new Map();
    this.kind = kind;
    this.screen = "";
    this.atEnd = true;
    // A question is read from its beginning, until one acts.
    this.reading = Boolean(thread);
    this.context = {
      me: house.store.person.id,
      isPrivateHere: privateHere,
      press: (row, choice, button) => this.press(row, choice, button),
      edit: (row, text) => house.send({ type: "edit", id: newId(), message: row.id, text }),
      remove: async (row) => {
        if (await house.askDelete()) house.send({ type: "edit", id: newId(), message: row.id, text: null });
      },
      openThread: (row) => house.openThread(row.channel, row.opens),
    };
    this.composer = new Composer(this.element, `${house.number}:${this.name}`, {
      label,
      placeholder,
      send: (text, files) => this.say(text, files),
      editLast: () => this.editLast(),
    });
    this.scroll.addEventListener("scroll", () => this.scrolled());
    this.list.addEventListener("keydown", (event) => {
      if (event.target.matches("li.message")) roving(this.list, "li.message", event);
    });
    this.older.addEventListener("click", () => this.askOlder());
    this.toEnd.addEventListener("click", () => {
      this.reading = false;
      this.goToEnd("smooth");
    });
    this.watcher = new ResizeObserver(() => this.atEnd && this.goToEnd());
    this.watcher.observe(this.list);
    this.watcher.observe(this.scroll);
    this.showAll();
    this.think();
    this.load();
  }

  close() {
    this.watcher.disconnect();
  }

  get place() {
    return this.house.store.place(this.name);
  }

  load() {
    if (!this.place.loaded)
      this.house.connection.ask({ type: "history", id: newId(), channel: this.channel, thread: this.thread });
  }

  askOlder() {
    const first = this.house.store.rows(this.name)[0];
    this.older.disabled = true;
    this.house.connection.ask({
      type: "history", id: newId(), channel: this.channel, thread: this.thread, before: first?.id ?? "",
    });
  }

  say(text, files) {
    this.atEnd = true;
    this.reading = false;
    this.house.send({ type: "message", id: newId(), channel: this.channel, thread: this.thread, text, files });
  }

  /** Every row anew; for what changes by itself there is `show`. */
  showAll() {
    const height = this.scroll.scrollHeight - this.scroll.scrollTop;
    this.items.clear();
    this.list.replaceChildren();
    for (const row of this.house.store.rows(this.name)) this.put(row);
    this.arrange();
    this.older.hidden = !this.place.more;
    this.older.disabled = false;
    if (this.atEnd) this.goToEnd();
    else this.scroll.scrollTop = this.scroll.scrollHeight - height;
  }

  show(row, fresh) {
    const known = this.items.get(row.id);
    if (row.deleted) {
      known?.remove();
      this.items.delete(row.id);
    } else if (known && known.querySelector(".edit") && !row.live) {
      known.row = row;
    } else if (known && row.live && known.row.live) {
      const text = known.querySelector(".text");
      text.innerHTML = row.html;
      known.row = row;
    } else this.put(row);
    this.arrange();
    if (fresh && !known && !this.atEnd && !this.reading && row.author !== this.context.me) this.toEnd.hidden = false;
    if (this.atEnd) this.goToEnd();
  }

  put(row) {
    if (row.author === this.context.me) this.reading = false;
    const item = messageElement(row, this.context);
    const known = this.items.get(row.id);
    if (known) {
      const focused = known.contains(document.activeElement);
      known.replaceWith(item);
      if (focused) item.focus();
    } else {
      const after = [...this.list.children].find((other) => other.row && comesAfter(other.row, row));
      if (after) after.before(item);
      else this.list.append(item);
    }
    this.items.set(row.id, item);
  }

  /** What was written here and has not come back yet stands at the end. */
  arrange() {
    for (const item of [...this.list.querySelectorAll(".pending")]) item.remove();
    for (const frame of this.house.pendingIn(this.channel, this.thread)) {
      const row = {
        id: frame.id, author: this.context.me, name: this.house.store.person.name, at: 0, html: "", pending: true,
      };
      const item = messageElement(row, this.context);
      const names = frame.files.map((file) => file.name).join(", ");
      item.querySelector(".text").append(h("p", { class: "typed" }, [frame.text, names].filter(Boolean).join("\n")));
      const state = word(this.house.connection.ready ? "sending" : "waiting");
      item.querySelector(".message-head").append(h("span", { class: "state" }, state));
      this.list.append(item);
    }
    this.group();
    this.showScreen();
  }

  /** Messages of one author within minutes stand together; days are parted. */
  group() {
    for (const line of [...this.list.querySelectorAll(".day")]) line.remove();
    let before = null;
    for (const item of [...this.list.children]) {
      const row = item.row;
      const at = row.at || Date.now();
      const newDay = !before || dayKey(before.at) !== dayKey(at);
      const together =
        !newDay && before.author === row.author && at - before.at < GROUP_MINUTES * 60_000 &&
        !row.opens && !before.opens && before.private === Boolean(row.private);
      item.classList.toggle("grouped", together);
      if (newDay && row.at) item.before(h("li", { class: "day", role: "presentation" }, h("span", {}, day(at))));
      before = { at, author: row.author, opens: row.opens, private: Boolean(row.private) };
    }
    const items = [...this.list.querySelectorAll("li.message")];
    if (items.length && !items.some((item) => item.tabIndex === 0)) items.at(-1).tabIndex = 0;
  }

  showScreen() {
    if (!this.place.loaded) return;
    const isEmpty = !this.list.children.length;
    const wanted = this.house.screenFor(this.kind, isEmpty);
    this.element.classList.toggle("is-empty", isEmpty);
    if (wanted === this.screen) return;
    this.scroll.querySelector(":scope > :is(.welcome, .empty)")?.remove();
    if (wanted) this.scroll.prepend(this.house.makeScreen(wanted));
    this.screen = wanted;
  }

  think() {
    this.thinking.hidden = !this.house.store.thinking.has(this.name);
    if (this.atEnd) this.goToEnd();
  }

  async press(row, choice, button) {
    let values = {};
    if (choice.form) {
      values = await this.house.askForm(choice.form);
      if (!values) return;
    }
    this.reading = false;
    this.atEnd = true;
    const id = newId();
    const { action, value } = choice;
    this.handle(button, id);
    this.house.send({ type: "press", id, message: row.id, action, value, values });
  }

  /** A pressed button turns until something comes of it; its neighbours wait with it. */
  handle(button, id) {
    const group = button.closest(".choices");
    button.setAttribute("aria-busy", "true");
    for (const other of group.children) other.disabled = true;
    let timer;
    const release = () => {
      clearTimeout(timer);
      this.release = null;
      button.removeAttribute("aria-busy");
      for (const other of group.children) other.disabled = false;
    };
    this.release?.();
    this.release = release;
    const look = () => {
      if (this.house.connection.outbox.some((frame) => frame.id === id)) timer = setTimeout(look, HANDLED_AFTER);
      else release();
    };
    timer = setTimeout(look, HANDLED_AFTER);
  }

  /** Something came from the coach, or the press was refused. */
  answered() {
    this.release?.();
  }

  editLast() {
    const own = [...this.list.querySelectorAll("li.message")].filter((item) => item.querySelector(".tools"));
    const last = own.at(-1);
    if (last) startEdit(last, this.context);
  }

  scrolled() {
    this.atEnd = this.scroll.scrollHeight - this.scroll.scrollTop - this.scroll.clientHeight < 60;
    if (this.atEnd) this.toEnd.hidden = true;
  }

  goToEnd(behavior = "instant") {
    if (this.reading || this.element.classList.contains("is-empty")) return;
    this.scroll.scrollTo({ top: this.scroll.scrollHeight, behavior });
    this.toEnd.hidden = true;
  }
}

function comesAfter(other, row) {
  return other.pending || other.at > row.at || (other.at === row.at && other.id > row.id);
}
