// Keeps what is typed: three seconds after the first key and when a field is left, sent to the page's own address.
// Whoever types without a pause is kept every three seconds too.
// Until the server has it, it also lies in this browser, so that an expired session or a closed window loses nothing.
"use strict";

const WAIT = 3000;
const RETRY = 5000;

function hourOf(text) {
  return new Date(text).toLocaleTimeString("fr-FR", { hour: "numeric", minute: "2-digit", timeZone: "Europe/Paris" }).replace(":", "\u00a0h\u00a0");
}

// Upon what a page was typed: the draft, and what had been handed in. Never part of the text.
const APART = ["csrfmiddlewaretoken", "version", "written"];

function typed(form) {
  return [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !APART.includes(name));
}

// The page, one lot at a time; where one comes from is not part of it.
function place() {
  const asked = new URLSearchParams(location.search);
  asked.delete("retour");
  return asked.size ? `${location.pathname}?${asked}` : location.pathname;
}

function put(form, name, value) {
  const inputs = [...form.querySelectorAll(`[name="${CSS.escape(name)}"]`)];
  const field = inputs[0];
  if (!field) {
    // A row that a colleague added: it has no place on this page yet, and must not be lost for that.
    const row = document.createElement("input");
    row.type = "hidden";
    row.name = name;
    row.value = value;
    form.append(row);
  } else if (field.type === "checkbox" || field.type === "radio") for (const box of inputs) box.checked = box.value === value;
  else field.value = value;
}

function start(form) {
  const status = form.querySelector("[data-autosave-status]");
  const version = form.elements.version;
  const written = form.elements.written;
  const key = `typing:${place()}`;
  let timer = null;
  let sending = false;
  let again = false;
  let stopped = false;
  // When the next sending is due; later keys do not put it off.
  let due = Infinity;

  const say = (text, state = "") => { status.textContent = text; status.dataset.state = state; };
  const keepHere = () => localStorage.setItem(key, JSON.stringify({ version: version ? version.value : "", written: written ? written.value : "", fields: typed(form), field: document.activeElement ? document.activeElement.name : "" }));
  const later = (wait) => {
    if (Date.now() + wait >= due) return;
    clearTimeout(timer);
    due = Date.now() + wait;
    timer = setTimeout(save, wait);
  };

  function restore() {
    const kept = JSON.parse(localStorage.getItem(key) || "null");
    if (!kept) return;
    const now = new Map(typed(form));
    const lost = kept.fields.filter(([name, value]) => value && now.get(name) !== value);
    if (!lost.length) { localStorage.removeItem(key); return; }
    for (const [name, value] of kept.fields) {
      const field = form.elements[name];
      if (!field) continue;
      if (field instanceof RadioNodeList || field.type === "checkbox" || field.type === "radio") {
        for (const box of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) if (box.value === value) box.checked = true;
      } else field.value = value;
    }
    // Somebody may have written meanwhile: with the version it was typed on, the server will say so.
    if (version && kept.version) version.value = kept.version;
    if (written && kept.written) written.value = kept.written;
    const field = kept.field && form.querySelector(`[name="${CSS.escape(kept.field)}"]`);
    if (field) field.focus();
    say("Texte retrouvé dans ce navigateur. Relisez-le : il sera enregistré.");
    later(WAIT);
  }

  function conflict(answer) {
    stopped = true;
    say(`${answer.by} a modifié cette page à ${hourOf(answer.at)}. Rien n’est perdu : choisissez ci-dessous.`, "failed");
    const zone = document.createElement("div");
    zone.className = "stack";
    const mine = new Map(typed(form));
    for (const name of new Set([...Object.keys(answer.values), ...mine.keys()])) {
      const ours = mine.get(name) || "";
      const theirs = String(answer.values[name] ?? "");
      if (theirs === ours) continue;
      // Rows are counted, not chosen: the longer list holds everything that was written.
      if (name.endsWith("-TOTAL_FORMS")) { put(form, name, String(Math.max(Number(ours), Number(theirs)))); continue; }
      const input = form.elements[name];
      const label = input && input.labels && input.labels[0] ? input.labels[0].textContent.trim() : name;
      const block = document.createElement("div");
      block.className = "versions";
      for (const [title, text, choice] of [["Votre texte", ours, null], [`Texte de ${answer.by}`, theirs, theirs]]) {
        const part = document.createElement("div");
        part.className = "stack stack--2";
        const heading = document.createElement("p");
        heading.innerHTML = "<strong></strong>";
        heading.firstChild.textContent = `${label} : ${title.toLowerCase()}`;
        const content = document.createElement("pre");
        content.textContent = text || "(vide)";
        const button = document.createElement("button");
        button.type = "button";
        button.className = "btn btn--plain btn--small";
        button.textContent = "Garder ce texte";
        button.addEventListener("click", () => { if (choice !== null) put(form, name, choice); keepHere(); block.remove(); if (!zone.children.length) { zone.remove(); resume(answer); } });
        part.append(heading, content, button);
        block.append(part);
      }
      zone.append(block);
    }
    if (zone.children.length) status.after(zone);
    else resume(answer);
  }

  function resume(answer) {
    if (version) version.value = answer.version;
    stopped = false;
    save();
  }

  async function save() {
    clearTimeout(timer);
    due = Infinity;
    if (stopped) return;
    if (sending) { again = true; return; }
    sending = true;
    // Said once: a screen reader would speak every three seconds otherwise.
    if (status.dataset.state || !status.textContent) say("Enregistrement…");
    const body = new FormData(form);
    const sent = JSON.stringify(typed(form));
    try {
      const answer = await fetch(location.href, { method: "POST", body, headers: { "X-Autosave": "1", Accept: "application/json" }, credentials: "same-origin", redirect: "manual" });
      if (answer.status === 409) conflict(await answer.json());
      else if (answer.ok) {
        const kept = await answer.json();
        if (version) version.value = kept.version;
        if (JSON.stringify(typed(form)) === sent) localStorage.removeItem(key);
        else keepHere();
        say(`Brouillon enregistré à ${hourOf(kept.saved_at)}`);
      } else if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) {
        say("Votre session a expiré. Votre texte est gardé dans ce navigateur : reconnectez-vous, puis revenez ici.", "failed");
      } else throw new Error(String(answer.status));
    } catch {
      say("Non enregistré. Nouvel essai dans 5 s. Gardez cette page ouverte.", "failed");
      later(RETRY);
    }
    sending = false;
    if (again) { again = false; save(); }
  }

  restore();
  form.addEventListener("input", (event) => { if (event.target.type === "file") return; keepHere(); later(WAIT); });
  form.addEventListener("focusout", () => { if (localStorage.getItem(key)) later(0); });
  form.addEventListener("submit", () => { clearTimeout(timer); due = Infinity; stopped = true; });
  addEventListener("pageshow", (event) => { if (event.persisted) stopped = false; });
}

for (const form of document.querySelectorAll("form[data-autosave]")) start(form);
