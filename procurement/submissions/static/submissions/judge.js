// What a file is, seen in its content, before it is sealed here: once sealed, the site cannot look any more, and a file
// that it would not accept would only be found out at the opening. Same rules and words as the site's own.
"use strict";

const JUDGED = 8192;
const BROKEN = "Cette archive est abîmée : refaites-la et vérifiez qu’elle s’ouvre.";
const MAGIC = [
  ["application/pdf", [0x25, 0x50, 0x44, 0x46, 0x2d]],
  ["image/png", [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ["image/jpeg", [0xff, 0xd8, 0xff]],
  ["application/vnd.age", [...new TextEncoder().encode("age-encryption.org/v1\n")]],
  ["application/vnd.age", [...new TextEncoder().encode("-----BEGIN AGE ENCRYPTED FILE-----")]],
  ["", [0x50, 0x4b, 0x03, 0x04]],
];
const OFFICE = [
  ["word/document.xml", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"],
  ["xl/workbook.xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"],
  ["ppt/presentation.xml", "application/vnd.openxmlformats-officedocument.presentationml.presentation"],
];
const OPEN_DOCUMENT = "application/vnd.oasis.opendocument.";
const ACTIVE = ["<!doctype html", "<html", "<svg", "<script"];
const ALLOWED_CONTROLS = new Set([0x09, 0x0a, 0x0c, 0x0d, 0x1b]);

class NotAccepted extends Error {}

async function bytesOf(file, start, end) { return new Uint8Array(await file.slice(start, end).arrayBuffer()); }

// Names in the directory at the end of a ZIP, and what its « mimetype » entry says.
async function archive(file) {
  const tail = await bytesOf(file, Math.max(0, file.size - 65557), file.size);
  const view = new DataView(tail.buffer);
  let end = tail.length - 22;
  while (end >= 0 && view.getUint32(end, true) !== 0x06054b50) end -= 1;
  if (end < 0) throw new NotAccepted(BROKEN);
  const size = view.getUint32(end + 12, true);
  const from = view.getUint32(end + 16, true);
  // Larger than the plain directory tells: left to the opening.
  if (from === 0xffffffff) return { names: [], declared: "" };
  const place = file.size - tail.length + end - size;
  if (place < 0 || from > place) throw new NotAccepted(BROKEN);
  const list = await bytesOf(file, place, place + size);
  const entries = new DataView(list.buffer);
  const names = [];
  let declared = "";
  for (let at = 0; at + 46 <= list.length;) {
    if (entries.getUint32(at, true) !== 0x02014b50) throw new NotAccepted(BROKEN);
    const [nameSize, extra, comment] = [28, 30, 32].map((offset) => entries.getUint16(at + offset, true));
    const name = new TextDecoder().decode(list.subarray(at + 46, at + 46 + nameSize));
    names.push(name);
    if (name === "mimetype") declared = await entryText(file, place - from + entries.getUint32(at + 42, true));
    at += 46 + nameSize + extra + comment;
  }
  return { names, declared };
}

async function entryText(file, at) {
  const head = new DataView((await bytesOf(file, at, at + 30)).buffer);
  if (head.byteLength < 30) throw new NotAccepted(BROKEN);
  const begin = at + 30 + head.getUint16(26, true) + head.getUint16(28, true);
  const length = Math.min(100, head.getUint32(18, true));
  return new TextDecoder().decode(await bytesOf(file, begin, begin + length)).trim();
}

async function typeOfArchive(file) {
  const { names, declared } = await archive(file);
  if (names.some((name) => name.endsWith("vbaProject.bin") || name.startsWith("Basic/"))) {
    throw new NotAccepted("Ce document contient des macros : enregistrez-le sans macros (.docx, .xlsx, .odt) ou en PDF.");
  }
  if (declared.startsWith(OPEN_DOCUMENT)) return declared;
  const office = OFFICE.find(([part]) => names.includes(part));
  return office ? office[1] : "application/zip";
}

async function typeOfText(file, head, extension) {
  if (head.some((byte) => byte < 0x20 && !ALLOWED_CONTROLS.has(byte))) {
    throw new NotAccepted("Ce type de fichier n’est pas accepté : convertissez le fichier, en PDF par exemple.");
  }
  const start = new TextDecoder().decode(head).replace(/^[\ufeff \t\r\n]+/, "").toLowerCase();
  if (ACTIVE.some((tag) => start.startsWith(tag)) || (start.startsWith("<?xml") && ACTIVE.some((tag) => start.includes(tag)))) {
    throw new NotAccepted("Les pages HTML et les images SVG ne sont pas acceptées : enregistrez-les en PDF ou en PNG.");
  }
  if (start.startsWith("<?xml") || (extension === ".xml" && start.startsWith("<"))) return "application/xml";
  if (extension === ".json" && /^[{[]/.test(start)) {
    try { JSON.parse(await file.text()); } catch { throw new NotAccepted("Ce fichier JSON n’est pas lisible : vérifiez qu’il est complet."); }
    return "application/json";
  }
  return extension === ".csv" ? "text/csv" : "text/plain";
}

async function typeOf(file, extension) {
  const head = await bytesOf(file, 0, JUDGED);
  const magic = MAGIC.find(([, signs]) => signs.every((byte, at) => head[at] === byte));
  if (magic && magic[0]) return magic[0];
  return magic ? typeOfArchive(file) : typeOfText(file, head, extension);
}

// Why a file would not be accepted, in a sentence; empty when it would. `extensions`: those of each type.
async function judge(file, extensions) {
  if (!file.size) return "";
  const extension = (file.name.match(/.(\.[^.]+)$/) || ["", ""])[1].toLowerCase();
  let found;
  try { found = await typeOf(file, extension); } catch (error) {
    if (error instanceof NotAccepted) return error.message;
    throw error;
  }
  const good = extensions[found] || [];
  return good.includes(extension) ? "" : `Le nom « ${file.name} » ne dit pas ce que le fichier contient : donnez-lui l’extension ${good.join(" ou ")}.`;
}
