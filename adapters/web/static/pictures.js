// Pictures: made small enough, sent before their message, and shown in it; and files that the coach hands over.

import { h, newId, word } from "./dom.js";

const TYPES = ["image/png", "image/jpeg", "image/gif", "image/webp"];
const LARGEST = 3.75 * 1024 * 1024;
const LONGEST_SIDE = 8000;
const SMALLER_SIDE = 2400;
const THUMB = 88;

const person = new URLSearchParams(location.search).get("as") ?? "1";

export const isPicture = (file) => TYPES.includes(file.type);

/** Decode a picture; null when the browser cannot. */
export async function decoded(file) {
  try {
    return await createImageBitmap(file);
  } catch {
    return null;
  }
}

/** A small copy on a canvas, for before the picture is sent. */
export function thumbnail(bitmap) {
  const scale = Math.min(1, THUMB / Math.min(bitmap.width, bitmap.height));
  const canvas = h("canvas", { class: "thumb", "aria-hidden": "true" });
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/** The picture itself, or a smaller copy where it is larger than a model takes. */
export async function fitting(file, bitmap) {
  if (file.size <= LARGEST && Math.max(bitmap.width, bitmap.height) <= LONGEST_SIDE) return file;
  const scale = Math.min(1, SMALLER_SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = h("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.9));
}

/** Send a picture; gives its name for the message, or throws a sentence that says why not. */
export async function upload(blob) {
  const answer = await fetch(`/web/pictures/${newId()}?as=${person}`, { method: "POST", body: blob }).catch(() => null);
  if (!answer) throw new Error(word("picture-lost"));
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(told.problem ?? word("picture-lost"));
  return told.upload;
}

/** The picture that a row stands for, a link to itself in full. */
export function shown(row, note) {
  const address = `/web/pictures/${encodeURIComponent(row.id)}?as=${person}`;
  const image = h("img", { src: address, alt: note.textContent.trim(), loading: "lazy", decoding: "async" });
  const link = h("a", { class: "picture", href: address, target: "_blank", rel: "noopener" }, image);
  image.addEventListener("error", () => link.replaceWith(h("p", { class: "picture-gone" }, word("picture-gone"))));
  return link;
}

/** The file that a row hands over, as a link that looks like its button. */
export function download(row, choice) {
  const address = `/web/files/${encodeURIComponent(row.id)}?as=${person}`;
  return h("a", { class: `button ${choice.style}`, href: address, download: choice.value },
    h("span", { class: "label" }, choice.label));
}
