// The list of channels, direct messages and threads.

import { h, icon, place, roving, shortDay, word } from "./dom.js";

export class Sidebar {
  constructor(house) {
    this.house = house;
    this.nav = document.getElementById("places");
    this.nav.addEventListener("keydown", (event) => roving(this.nav, "a", event));
    this.shown = { channels: "", direct: "", threads: "" };
  }

  show() {
    const { store } = this.house;
    this.fill("channels", store.channels.filter((channel) => !channel.direct).map((channel) => this.channel(channel)));
    this.fill("direct", store.channels.filter((channel) => channel.direct).map((channel) => this.channel(channel)));
    const threads = store.threadList();
    this.fill("threads", threads.map((thread) => this.thread(thread)));
    document.getElementById("threads-empty").hidden = threads.length > 0;
    const links = [...this.nav.querySelectorAll("a")];
    const current = links.find((link) => link.getAttribute("aria-current")) ?? links[0];
    for (const link of links) link.tabIndex = link === current ? 0 : -1;
  }

  /** Replace a list, without taking the focus away from whoever walks through it. */
  fill(id, items) {
    const list = document.getElementById(id);
    const focused = list.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    list.replaceChildren(...items);
    if (focused) list.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
  }

  channel(channel) {
    const mark = channel.direct ? h("span", { class: "avatar coach tiny" }, icon("logo")) : icon("hash");
    return this.item(channel.id, "", mark, channel.direct ? word("coach") : channel.name, "");
  }

  thread(thread) {
    const mark = icon(thread.private ? "lock" : "thread");
    return this.item(thread.channel, thread.thread, mark, thread.title, shortDay(thread.at));
  }

  item(channel, thread, mark, label, note) {
    const name = place(channel, thread);
    const current = this.house.isOpen(channel, thread);
    const unread = !current && this.house.store.isUnread(name);
    return h("li", {}, h(
      "a",
      { href: `#/${name}`, title: label, class: unread ? "unread" : "", "aria-current": current ? "page" : undefined,
        onclick: (event) => {
          event.preventDefault();
          this.house.go(channel, thread);
        } },
      mark,
      h("span", { class: "place-label" }, label),
      unread ? h("span", { class: "visually-hidden" }, word("unread")) : null,
      note ? h("span", { class: "place-note" }, note) : null,
    ));
  }
}
