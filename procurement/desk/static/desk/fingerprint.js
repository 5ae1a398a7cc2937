// Computes the fingerprint of a chosen or dropped document here, and asks about the fingerprint only.
"use strict";

const zone = document.querySelector("[data-fingerprint]");
const said = document.querySelector("[data-fingerprint-status]");
const field = document.querySelector("[name=fingerprint]");

// The only text that stands for a value: keys sorted, no space. A receipt keeps its fingerprint if it was laid out anew.
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const pairs = Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`);
  return `{${pairs.join(",")}}`;
}

async function contentOf(file) {
  const bytes = await file.arrayBuffer();
  if (!file.name.toLowerCase().endsWith(".json")) return bytes;
  try {
    const value = JSON.parse(new TextDecoder().decode(bytes));
    return value.format?.startsWith("preau-receipt/") ? new TextEncoder().encode(canonical(value)) : bytes;
  } catch {
    return bytes;
  }
}

async function fingerprintOf(file) {
  const digest = await crypto.subtle.digest("SHA-256", await contentOf(file));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function ask(file) {
  if (!file) return;
  said.textContent = said.dataset.working;
  try {
    field.value = await fingerprintOf(file);
  } catch {
    said.textContent = said.dataset.failed;
    return;
  }
  field.form.submit();
}

if (zone && field && window.crypto?.subtle) {
  zone.hidden = false;
  zone.querySelector("input").addEventListener("change", (event) => ask(event.target.files[0]));
  zone.addEventListener("dragover", (event) => event.preventDefault());
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    ask(event.dataTransfer.files[0]);
  });
}
