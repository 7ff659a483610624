// What the page knows: the house, the threads, and the messages of each place, kept in order of their time.

import { place } from "./dom.js";

export class Store extends EventTarget {
  constructor() {
    super();
    this.revision = 0;
    this.person = { id: "", name: "" };
    this.channels = [];
    this.threads = new Map();
    this.places = new Map();
    this.previews = new Map();
    this.thinking = new Set();
    this.kinds = [];
    this.example = [];
  }

  welcome(frame) {
    this.person = frame.person;
    this.channels = frame.channels;
    this.kinds = frame.kinds;
    this.example = frame.example;
    this.revision = Math.max(this.revision, frame.revision);
    this.thinking = new Set(frame.thinking.map((where) => place(where.channel, where.thread)));
    for (const thread of frame.threads) this.noteThread(thread);
    this.seen = JSON.parse(localStorage.getItem(`seen:${this.person.id}`) ?? "{}");
  }

  place(name) {
    if (!this.places.has(name)) this.places.set(name, { name, rows: new Map(), loaded: false, more: false });
    return this.places.get(name);
  }

  /** The rows of a place, oldest first. */
  rows(name) {
    return [...this.place(name).rows.values()].sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
  }

  changes(frame) {
    this.revision = Math.max(this.revision, frame.revision);
    for (const row of frame.rows) this.take(row, true);
  }

  history(frame) {
    const there = this.place(place(frame.channel, frame.thread));
    there.loaded = true;
    there.more = frame.more;
    for (const row of frame.rows) this.take(row, false);
    this.tell("loaded", { name: there.name });
  }

  take(row, fresh) {
    const name = place(row.channel, row.thread);
    const there = this.place(name);
    const known = there.rows.get(row.id);
    if (known && known.revision > row.revision) return;
    if (row.opens) this.noteOpening(row);
    if (row.thread && fresh) this.touch(row);
    const preview = this.previews.get(row.id);
    this.previews.delete(row.id);
    if (row.live && preview?.live) row.html = preview.html;
    if (preview && !preview.live) row.live = false;
    if (row.deleted) there.rows.delete(row.id);
    else there.rows.set(row.id, row);
    this.tell("row", { name, row, fresh, done: fresh && !row.live && (!known || known.live) });
  }

  stream(frame) {
    const name = place(frame.channel, frame.thread);
    const row = this.place(name).rows.get(frame.id);
    if (!row) {
      this.previews.set(frame.id, frame);
      return;
    }
    if (!row.live) return; // a late preview of what is finished
    const done = row.live && !frame.live;
    this.place(name).rows.set(row.id, { ...row, html: frame.html, live: frame.live });
    this.tell("row", { name, row: this.place(name).rows.get(row.id), fresh: false, done });
  }

  think(frame) {
    const name = place(frame.channel, frame.thread);
    if (frame.on) this.thinking.add(name);
    else this.thinking.delete(name);
    this.tell("thinking", { name });
  }

  noteOpening(row) {
    const known = this.threads.get(row.opens);
    if (row.deleted) {
      this.threads.delete(row.opens);
      this.tell("threads");
    } else if (!known || known.title !== row.title) {
      const mine = row.private || known?.mine || false;
      const fresh = { revision: 0, at: row.at, ...known };
      this.noteThread({ ...fresh, channel: row.channel, thread: row.opens, title: row.title, private: row.private, mine });
    }
  }

  noteThread(thread) {
    this.threads.set(thread.thread, thread);
    this.tell("threads");
  }

  touch(row) {
    const thread = this.threads.get(row.thread);
    if (!thread) return;
    thread.at = Math.max(thread.at, row.at);
    thread.revision = Math.max(thread.revision, row.revision);
    if (row.author === this.person.id) thread.mine = true;
    this.tell("threads");
  }

  /** Threads, the latest touched first. */
  threadList() {
    return [...this.threads.values()].sort((a, b) => b.at - a.at);
  }

  isUnread(name) {
    const thread = this.threads.get(name.split("/")[1]);
    return Boolean(thread) && thread.revision > (this.seen?.[name] ?? 0);
  }

  markSeen(name) {
    const thread = this.threads.get(name.split("/")[1]);
    if (!thread || !this.seen || this.seen[name] >= thread.revision) return;
    this.seen[name] = thread.revision;
    localStorage.setItem(`seen:${this.person.id}`, JSON.stringify(this.seen));
    this.tell("threads");
  }

  tell(type, detail = {}) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
