// The WebSocket, and the outbox: what was not acknowledged is sent again, under the same id, until it is.

const SLOWEST = 10_000;
const STALLED = 15_000;

export class Connection extends EventTarget {
  /** `hello` returns what the page knows; `name` keeps the outbox of this tab apart from another person's. */
  constructor(address, name, hello) {
    super();
    this.address = address;
    this.storage = `outbox:${name}`;
    this.hello = hello;
    this.tries = 0;
    this.ready = false;
    this.outbox = [];
    this.owner = "";
    const kept = JSON.parse(sessionStorage.getItem(this.storage) ?? "null");
    if (kept) [this.owner, this.outbox] = [kept.owner, kept.frames];
    addEventListener("online", () => this.hurry());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.hurry());
    addEventListener("beforeunload", (event) => this.outbox.length && !this.ready && event.preventDefault());
    setInterval(() => this.lookForStall(), 5_000);
  }

  connect() {
    clearTimeout(this.timer);
    this.socket = new WebSocket(this.address);
    this.socket.addEventListener("open", () => this.write(this.hello()));
    this.socket.addEventListener("message", (event) => this.receive(JSON.parse(event.data)));
    this.socket.addEventListener("close", () => this.lost());
  }

  /** Send something that must arrive: kept until it is acknowledged or refused. */
  send(frame) {
    this.outbox.push(frame);
    this.keep();
    if (this.ready) this.write(frame);
  }

  /** Ask for something that need not survive a reload. */
  ask(frame) {
    if (this.ready) this.write(frame);
  }

  write(frame) {
    this.socket.send(JSON.stringify(frame, wellFormed));
    this.waitingSince ??= performance.now();
  }

  receive(frame) {
    this.waitingSince = undefined;
    if (frame.type === "welcome") this.welcomed(frame);
    if (frame.type === "ack" || frame.type === "refused") this.settle(frame.id);
    this.dispatchEvent(new CustomEvent(frame.type, { detail: frame }));
    if (frame.type === "welcome") this.dispatchEvent(new CustomEvent("ready"));
  }

  welcomed(frame) {
    if (this.owner && this.owner !== frame.person.id) this.outbox = [];
    this.owner = frame.person.id;
    this.tries = 0;
    this.ready = true;
    this.keep();
    for (const waiting of this.outbox) this.write(waiting);
  }

  settle(id) {
    this.outbox = this.outbox.filter((frame) => frame.id !== id);
    this.keep();
    if (this.outbox.length) this.waitingSince = performance.now();
  }

  keep() {
    if (!this.outbox.length) sessionStorage.removeItem(this.storage);
    else sessionStorage.setItem(this.storage, JSON.stringify({ owner: this.owner, frames: this.outbox }));
  }

  lost() {
    const was = this.ready;
    this.ready = false;
    this.waitingSince = undefined;
    this.tries += 1;
    if (was || this.tries === 2) this.dispatchEvent(new CustomEvent("lost"));
    if (this.tries === 2) this.lookForDoor();
    const pause = Math.min(SLOWEST, 250 * 2 ** this.tries) * (0.7 + 0.6 * Math.random());
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.connect(), pause);
  }

  /** The server is there and does not let us in: the login has expired, or the browser has forgotten who it is. */
  async lookForDoor() {
    try {
      const answer = await fetch(`/${location.search}`, { redirect: "manual", cache: "no-store" });
      if (answer.type === "opaqueredirect") location.reload();
    } catch {
      // No server: the next try will tell.
    }
  }

  hurry() {
    if (this.ready || this.socket?.readyState === WebSocket.CONNECTING) return;
    this.tries = 0;
    this.connect();
  }

  /** A connection that takes frames and never answers is none. */
  lookForStall() {
    if (this.waitingSince !== undefined && performance.now() - this.waitingSince > STALLED) this.socket.close();
  }
}

/** Half of a surrogate pair, as a cut-off paste may hold, is no text that anybody else would take. */
function wellFormed(_, value) {
  return typeof value === "string" && value.toWellFormed ? value.toWellFormed() : value;
}
