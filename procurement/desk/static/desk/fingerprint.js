// Computes the fingerprint of a chosen document here, and asks about the fingerprint only.
"use strict";

const zone = document.querySelector("[data-fingerprint]");
const said = document.querySelector("[data-fingerprint-status]");
const field = document.querySelector("[name=fingerprint]");

if (zone && field && window.crypto && crypto.subtle) {
  zone.hidden = false;
  zone.querySelector("input").addEventListener("change", async (event) => {
    const [file] = event.target.files;
    if (!file) return;
    said.textContent = "Calcul de l’empreinte…";
    const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
    field.value = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    said.textContent = "Empreinte calculée. Vérification…";
    field.form.submit();
  });
}
