// The page: puts connection, store, sidebar and panes together, and knows which places are open.

import { Connection } from "./connection.js";
import { askDelete, askForm } from "./dialogs.js";
import { newId, place, template, word } from "./dom.js";
import { avatar } from "./message.js";
import { Pane } from "./pane.js";
import { Sidebar } from "./sidebar.js";
import { startPanel, welcome } from "./start.js";
import { Store } from "./store.js";

const FOLLOW_FOR = 10_000;

class House {
  constructor() {
    const asked = Number(new URLSearchParams(location.search).get("as") ?? 1);
    this.number = asked >= 1 && asked <= 9 ? Math.floor(asked) : 1;
    this.store = new Store();
    this.sidebar = new Sidebar(this);
    this.panes = document.getElementById("main");
    this.app = document.getElementById("app");
    this.followUntil = 0;
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const address = `${scheme}://${location.host}/web/socket?as=${this.number}`;
    this.connection = new Connection(address, this.number, () => ({
      type: "hello",
      since: this.store.revision,
      person: this.store.person.id,
      zone: Intl.DateTimeFormat().resolvedOptions().timeZone ?? "",
    }));
    // Messages whose rows have not come back yet, by frame id; also those that a reload interrupted.
    this.awaited = new Map(this.connection.outbox.filter(isMessage).map((frame) => [frame.id, frame]));
    this.listen();
    this.wireControls();
    this.connection.connect();
  }

  listen() {
    const { connection, store } = this;
    connection.addEventListener("welcome", ({ detail }) => this.welcomed(detail));
    connection.addEventListener("ready", () => this.ready());
    connection.addEventListener("lost", () => this.banner(true));
    connection.addEventListener("changes", ({ detail }) => store.changes(detail));
    connection.addEventListener("history", ({ detail }) => store.history(detail));
    connection.addEventListener("stream", ({ detail }) => store.stream(detail));
    connection.addEventListener("thinking", ({ detail }) => store.think(detail));
    connection.addEventListener("refused", ({ detail }) => this.refused(detail));
    store.addEventListener("row", ({ detail }) => this.rowChanged(detail));
    store.addEventListener("loaded", ({ detail }) => this.paneOf(detail.name)?.showAll());
    store.addEventListener("thinking", ({ detail }) => this.paneOf(detail.name)?.think());
    store.addEventListener("threads", () => this.sidebarSoon());
    addEventListener("hashchange", () => this.follow());
    document.addEventListener("visibilitychange", () => this.markSeen());
  }

  welcomed(frame) {
    if (frame.fresh && this.store.person.id) location.reload();
    this.store.welcome(frame);
    this.banner(false);
    document.getElementById("my-name").textContent = frame.person.name;
    document.getElementById("my-number").textContent = this.number > 1 ? `${word("person")} ${this.number}` : word("you");
    document.getElementById("my-avatar").replaceWith(
      Object.assign(avatar(frame.person.id, frame.person.name, "small"), { id: "my-avatar" }),
    );
  }

  ready() {
    this.sidebar.show();
    if (!this.channelPane) this.follow();
    for (const pane of this.openPanes()) pane.load();
    for (const pane of this.openPanes()) pane.think();
    this.arrangePending();
  }

  // Where one is.

  /** Show what the address names; without a name, where one left off. */
  follow() {
    if (!this.store.person.id) return;
    const [channel, thread = ""] = decodeURIComponent(location.hash.replace(/^#\/?/, "")).split("/");
    const known = this.store.channels.find((one) => one.id === channel);
    if (known && (!thread || this.store.threads.has(thread))) return this.show(channel, thread);
    const mine = this.store.threadList().find((one) => one.mine);
    const first = this.store.channels[0].id;
    return this.go(mine?.channel ?? first, mine?.thread ?? "", true);
  }

  go(channel, thread = "", replace = false) {
    this.followUntil = 0;
    const hash = `#/${place(channel, thread)}`;
    if (replace) history.replaceState(null, "", hash);
    else if (location.hash !== hash) history.pushState(null, "", hash);
    this.show(channel, thread);
    // On a phone the keyboard would jump up at once.
    if (matchMedia("(hover: hover)").matches)
      (this.threadPane ?? this.channelPane).composer.field.focus({ preventScroll: true });
  }

  show(channel, thread) {
    if (this.channelPane?.channel !== channel) {
      this.channelPane = this.replacePane(this.channelPane, this.makeChannel(channel));
      this.threadPane = this.replacePane(this.threadPane, null);
    }
    if ((this.threadPane?.thread ?? "") !== thread)
      this.threadPane = this.replacePane(this.threadPane, thread ? this.makeThread(channel, thread) : null);
    this.app.dataset.view = thread ? "thread" : "channel";
    this.toggleMenu(false);
    this.markSeen();
    this.sidebar.show();
  }

  replacePane(old, fresh) {
    old?.close();
    old?.element.remove();
    if (fresh) {
      this.panes.append(fresh.element);
      fresh.goToEnd();
    }
    return fresh;
  }

  makeChannel(id) {
    const channel = this.store.channels.find((one) => one.id === id);
    const kind = channel.direct ? "direct" : channel.name;
    const title = channel.direct ? word("coach") : `# ${channel.name}`;
    const pane = new Pane(this, {
      channel: id,
      thread: "",
      title,
      topic: word(`topic-${kind}`),
      label: `${word("message-in")} ${title}`,
      placeholder: word("write-channel"),
      privateHere: channel.direct,
      kind,
    });
    pane.element.querySelector(".pane-menu").addEventListener("click", () => this.toggleMenu(true));
    return pane;
  }

  makeThread(channel, id) {
    const thread = this.store.threads.get(id);
    const pane = new Pane(this, {
      channel,
      thread: id,
      title: thread.title,
      topic: word(thread.private ? "topic-private" : "topic-public"),
      label: `${word("message-in")} ${thread.title}`,
      placeholder: word("write-thread"),
      privateHere: thread.private,
      kind: "thread",
    });
    for (const name of ["back", "close"])
      pane.element.querySelector(`.pane-${name}`).addEventListener("click", () => this.go(channel));
    return pane;
  }

  /** What stands before the messages of a place: how to start, until one has; a word where nothing is said yet. */
  screenFor(kind, isEmpty) {
    if (kind === "practice" && !this.store.threadList().some((thread) => thread.mine)) return "welcome";
    return isEmpty ? kind : "";
  }

  makeScreen(name) {
    if (name === "welcome") return welcome(this.store, (words) => this.start(words));
    const screen = template("empty-template");
    screen.classList.add(name);
    return screen;
  }

  openThread(channel, thread) {
    this.go(channel, thread);
  }

  openPanes() {
    return [this.channelPane, this.threadPane].filter(Boolean);
  }

  paneOf(name) {
    return this.openPanes().find((pane) => pane.name === name);
  }

  isOpen(channel, thread) {
    if (thread) return this.threadPane?.thread === thread;
    return this.channelPane?.channel === channel && !this.threadPane;
  }

  // What happens.

  rowChanged({ name, row, fresh, done }) {
    this.awaited.delete(row.id.slice(row.id.lastIndexOf(":") + 1));
    const pane = this.paneOf(name);
    pane?.show(row, fresh);
    if (done && row.author === "coach") this.announce(row);
    if (!fresh) return;
    if (row.author === "coach") for (const open of this.openPanes()) open.answered();
    this.followThread(row);
    this.markSeen();
  }

  /** After a start, or a press that leads elsewhere, go where the answer is. */
  followThread(row) {
    const thread = row.opens ?? row.thread;
    if (Date.now() > this.followUntil || row.author !== "coach" || !thread) return;
    if (!this.store.threads.get(thread)?.mine || this.threadPane?.thread === thread) return;
    this.go(row.channel, thread);
  }

  announce(row) {
    const text = document.createElement("div");
    text.innerHTML = row.html;
    document.getElementById("announcer").textContent = `${word("coach")}: ${text.textContent.trim().slice(0, 400)}`;
    if (document.hidden) document.title = "● TalkPro";
  }

  markSeen() {
    if (document.hidden) return;
    document.title = "TalkPro";
    for (const pane of this.openPanes()) this.store.markSeen(pane.name);
  }

  send(frame) {
    const leadsElsewhere = frame.type === "press" || /^\s*\/interview\b/i.test(frame.text ?? "");
    if (leadsElsewhere) this.followUntil = Date.now() + FOLLOW_FOR;
    if (isMessage(frame)) this.awaited.set(frame.id, frame);
    this.connection.send(frame);
    this.arrangePending();
  }

  start(words) {
    document.getElementById("start-dialog").close();
    const open = this.channelPane?.channel ?? this.store.channels[0].id;
    const channel = open === this.store.channels[0].id ? open : this.store.channels[0].id;
    if (this.channelPane?.channel !== channel || this.threadPane) this.go(channel);
    this.send({ type: "message", id: newId(), channel, thread: "", text: `/interview ${words}`, files: [] });
  }

  refused(frame) {
    const pane = this.threadPane ?? this.channelPane;
    pane?.answered();
    pane?.composer.complain(frame.why);
    this.awaited.delete(frame.id);
    this.arrangePending();
  }

  pendingIn(channel, thread) {
    return [...this.awaited.values()].filter((frame) => frame.channel === channel && frame.thread === thread);
  }

  arrangePending() {
    for (const pane of this.openPanes()) {
      pane.arrange();
      if (pane.atEnd) pane.goToEnd();
    }
  }

  askForm(form) {
    return askForm(form, this.store.channels.filter((channel) => !channel.direct));
  }

  askDelete() {
    return askDelete();
  }

  // Controls around the conversation.

  banner(shown) {
    document.getElementById("banner").hidden = !shown;
    this.arrangePending();
  }

  sidebarSoon() {
    this.soon ??= requestAnimationFrame(() => {
      this.soon = undefined;
      if (!this.store.person.id) return;
      this.sidebar.show();
      this.channelPane?.showScreen();
    });
  }

  toggleMenu(open) {
    const inside = document.getElementById("sidebar").contains(document.activeElement);
    if (!open && inside && this.app.classList.contains("menu-open"))
      this.channelPane?.element.querySelector(".pane-menu").focus();
    this.app.classList.toggle("menu-open", open);
    document.getElementById("shade").hidden = !open;
    if (open) document.querySelector("#places a[tabindex='0']")?.focus();
  }

  wireControls() {
    document.getElementById("close-menu").addEventListener("click", () => this.toggleMenu(false));
    document.getElementById("shade").addEventListener("click", () => this.toggleMenu(false));
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open]")) return;
      if (this.app.classList.contains("menu-open")) this.toggleMenu(false);
    });
    const dialog = document.getElementById("start-dialog");
    dialog.querySelector("[value=cancel]").addEventListener("click", () => dialog.close());
    document.getElementById("new-interview").addEventListener("click", () => {
      if (!this.store.person.id) return;
      const panel = startPanel(this.store.kinds, (words) => this.start(words));
      dialog.querySelector(".start-slot").replaceChildren(panel);
      this.toggleMenu(false);
      dialog.showModal();
    });
    const other = document.getElementById("other-person");
    other.href = this.number === 1 ? "/?as=2" : "/";
    const label = word(this.number === 1 ? "second-person" : "first-person");
    other.title = label;
    other.querySelector("span").textContent = label;
    this.wireLook();
  }

  wireLook() {
    const button = document.getElementById("theme");
    const system = matchMedia("(prefers-color-scheme: dark)");
    const show = () => {
      const look = document.documentElement.dataset.look ?? (system.matches ? "dark" : "light");
      button.setAttribute("aria-pressed", String(look === "dark"));
    };
    button.addEventListener("click", () => {
      const dark = button.getAttribute("aria-pressed") === "true";
      document.documentElement.dataset.look = dark ? "light" : "dark";
      localStorage.setItem("look", document.documentElement.dataset.look);
      show();
    });
    system.addEventListener("change", show);
    show();
  }
}

function isMessage(frame) {
  return frame.type === "message";
}

new House();
