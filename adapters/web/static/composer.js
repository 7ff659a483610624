// Where one writes: Enter sends, files come along, and what is not sent yet outlives a reload.

import { h, icon, word } from "./dom.js";
import { grow } from "./message.js";
import { decoded, fitting, isPicture, thumbnail, upload } from "./pictures.js";

const LONGEST = 40_000;
const LARGEST_FILE = 100 * 1024;
const MOST_FILES = 5;

export class Composer {
  /** `send(text, files)` sends; `editLast()` is asked for by an arrow key in an empty field. */
  constructor(pane, name, { label, placeholder, send, editLast }) {
    this.form = pane.querySelector(".composer");
    this.field = this.form.querySelector("textarea");
    this.list = this.form.querySelector(".attachments");
    this.note = this.form.querySelector(".composer-note");
    this.drop = pane.querySelector(".drop");
    this.storage = `unsent:${name}`;
    this.files = [];
    this.send = send;
    this.field.setAttribute("aria-label", label);
    this.field.placeholder = placeholder;
    this.field.value = sessionStorage.getItem(this.storage) ?? "";
    this.field.addEventListener("input", () => this.changed());
    this.field.addEventListener("keydown", (event) => this.key(event, editLast));
    this.field.addEventListener("paste", (event) => {
      if (event.clipboardData.files.length && !event.clipboardData.getData("text/plain")) {
        event.preventDefault();
        this.attach(event.clipboardData.files);
      }
    });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    const picker = this.form.querySelector("input[type=file]");
    picker.addEventListener("change", async () => {
      await this.attach(picker.files);
      picker.value = "";
      this.field.focus();
    });
    this.acceptDrops(pane);
    requestAnimationFrame(() => this.changed());
  }

  key(event, editLast) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.submit();
    } else if (event.key === "ArrowUp" && !this.field.value) {
      event.preventDefault();
      editLast();
    }
  }

  changed() {
    grow(this.field);
    if (this.field.value) sessionStorage.setItem(this.storage, this.field.value);
    else sessionStorage.removeItem(this.storage);
    this.form.classList.toggle("filled", Boolean(this.field.value.trim() || this.files.length));
    this.complain(this.field.value.length > LONGEST ? "too-long" : "");
  }

  submit() {
    const text = this.field.value;
    if (text.length > LONGEST) return this.complain("too-long");
    if (!text.trim() && !this.files.length) return undefined;
    if (this.files.some((file) => file.busy)) return this.complain("picture-busy");
    this.send(text, this.files.map(({ thumb, busy, ...file }) => file));
    this.field.value = "";
    this.files = [];
    this.showFiles();
    this.changed();
    return this.field.focus();
  }

  complain(what) {
    this.say(what ? word(what) : "");
  }

  say(sentence) {
    this.note.hidden = !sentence;
    this.note.textContent = sentence;
  }

  async attach(files) {
    for (const file of files) {
      if (this.files.length === MOST_FILES) return this.complain("many-files");
      const bitmap = isPicture(file) ? await decoded(file) : null;
      if (bitmap) this.attachPicture(file, bitmap);
      else this.files.push({ name: file.name, size: file.size, media_type: file.type, text: await textOf(file) });
    }
    this.showFiles();
    return this.changed();
  }

  /** A picture goes ahead of its message, while one goes on writing. */
  async attachPicture(file, bitmap) {
    const name = file.name || "picture.png";
    const entry = { name, size: file.size, media_type: file.type, text: null, thumb: thumbnail(bitmap), busy: true };
    this.files.push(entry);
    let problem = "";
    try {
      const blob = await fitting(file, bitmap);
      entry.size = blob.size;
      entry.upload = await upload(blob);
    } catch (error) {
      problem = `${name}: ${error.message}`;
      this.files = this.files.filter((kept) => kept !== entry);
    }
    entry.busy = false;
    bitmap.close();
    this.showFiles();
    this.changed();
    this.say(problem);
  }

  showFiles() {
    this.list.hidden = !this.files.length;
    this.list.replaceChildren(
      ...this.files.map((file) =>
        h("li", { class: file.thumb ? "pictured" : "", "aria-busy": String(Boolean(file.busy)) },
          file.thumb ?? icon("file"), h("span", {}, file.name),
          h("button", { class: "icon-button", type: "button", "aria-label": `${word("remove")} ${file.name}`,
            onclick: () => {
              this.files = this.files.filter((kept) => kept !== file);
              this.showFiles();
              this.changed();
              this.field.focus();
            } }, icon("close"))),
      ),
    );
  }

  acceptDrops(pane) {
    let inside = 0;
    const show = () => (this.drop.hidden = inside <= 0);
    const carriesFiles = (event) => [...event.dataTransfer.types].includes("Files");
    pane.addEventListener("dragenter", (event) => {
      if (!carriesFiles(event)) return;
      inside += 1;
      show();
    });
    pane.addEventListener("dragleave", (event) => {
      if (!carriesFiles(event)) return;
      inside -= 1;
      show();
    });
    pane.addEventListener("dragover", (event) => carriesFiles(event) && event.preventDefault());
    pane.addEventListener("drop", (event) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      inside = 0;
      show();
      this.attach(event.dataTransfer.files);
    });
  }
}

/** The file's text, null when it is none or too large; the server says why to everybody. */
async function textOf(file) {
  if (file.size > LARGEST_FILE) return null;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
    return text.includes("\0") ? null : text;
  } catch {
    return null;
  }
}
