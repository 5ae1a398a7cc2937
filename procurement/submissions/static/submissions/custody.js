// Custodians' keys in the browser (age): made here, shown here, and never sent. The site gets the public half of a new
// key, and for an act what the key takes out of the wraps that the page was handed. The pages work without this too; the
// site then makes the key, or is sent it, and says so.
"use strict";

const IDENTITY = /AGE-SECRET-KEY-1[0-9A-Z]+/;
const LARGEST_KIT = 10000;
const WORDS = {
  nothing: "Donnez votre clé de secours : le fichier reçu, ou la ligne qui commence par AGE-SECRET-KEY-1.",
  foreign: "Ce fichier n’est pas une clé de secours : choisissez celui qui vous a été remis, ou recopiez la ligne qui commence par AGE-SECRET-KEY-1.",
  unread: "Votre navigateur ne lit pas ce fichier. Choisissez-le à nouveau.",
  cut: "Cette clé n’est pas complète, ou une lettre a changé. Donnez toute la ligne qui commence par AGE-SECRET-KEY-1.",
  closed: "Votre clé est la bonne, mais n’ouvre pas sa part : elle est altérée. Prévenez l’acheteur ; les deux autres gardiens suffisent.",
  people: "Choisissez trois personnes distinctes.",
  undone: "Enregistrez ou imprimez chaque clé, puis cochez sa case : sans elle, la clé serait perdue.",
  working: "Votre clé travaille ici…",
  sending: "Envoi au site. Laissez cette page ouverte…",
  page: "Le programme de cette page a échoué. Rechargez-la et recommencez.",
};

class Failure extends Error {}

const bytesOf = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
const textOf = (bytes) => btoa(String.fromCharCode(...bytes));

async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((one) => one.toString(16).padStart(2, "0")).join("");
}

// As people compare it: the first 40 digits, by groups of four.
async function fingerprint(recipient) {
  return (await sha256(new TextEncoder().encode(recipient))).slice(0, 40).match(/.{4}/g).join(" ");
}

function tell(box, failure) {
  const place = box.querySelector("[data-failure]");
  place.textContent = failure ? (failure instanceof Failure ? failure.message : WORDS.page) : "";
  place.hidden = !failure;
  if (failure) place.focus();
}

// What was written for a page without program gives way to what is true with one.
function takeOver() {
  for (const one of document.querySelectorAll("[data-plain]")) one.hidden = true;
  for (const one of document.querySelectorAll("[data-live]")) one.hidden = false;
}

// A form that this program holds back may be sent again at once.
function hold(event, form) {
  event.preventDefault();
  delete form.dataset.sent;
}

// --- A key shown for one act -----------------------------------------------------------------------------------------

async function readKit(file, line) {
  // Copied from paper by groups: its spaces say nothing.
  let text = line.replace(/\s+/g, "");
  if (file) {
    try { text = await file.slice(0, LARGEST_KIT).text(); } catch { throw new Failure(WORDS.unread); }
  } else if (!text) throw new Failure(WORDS.nothing);
  const found = IDENTITY.exec(text.toUpperCase());
  if (!found) throw new Failure(WORDS.foreign);
  return { identity: found[0], about: /appel (\S+), gardien n° (\d)/.exec(text) };
}

// A kit of somebody else, or of another call, is told before anything is asked of it.
async function checkKit({ identity, about }, handed) {
  let recipient;
  try { recipient = await age.identityToRecipient(identity); } catch { throw new Failure(WORDS.cut); }
  if (recipient === handed.recipient) return;
  const asked = `Prenez le kit de l’appel ${handed.reference}, gardien n°\u00a0${handed.position}, qui porte l’empreinte ${handed.fingerprint}.`;
  if (about && about[1] !== handed.reference) throw new Failure(`Ce kit est celui de l’appel ${about[1]}. ${asked}`);
  if (about && about[2] !== String(handed.position)) throw new Failure(`Ce kit est celui du gardien n°\u00a0${about[2]}. ${asked}`);
  throw new Failure(`Cette clé n’est pas la vôtre pour cet appel : son empreinte est ${await fingerprint(recipient)}. ${asked}`);
}

async function proofsOf(handed, identity) {
  const decrypter = new age.Decrypter();
  decrypter.addIdentity(identity);
  const each = async (sealed, keep) => {
    const pairs = Object.entries(sealed).map(async ([wrap, blob]) => [wrap, await keep(await decrypter.decrypt(bytesOf(blob)))]);
    return Object.fromEntries(await Promise.all(pairs));
  };
  try {
    return { layers: await each(handed.remove, textOf), hashes: await each(handed.prove, sha256), payloads: await each(handed.open, textOf) };
  } catch { throw new Failure(WORDS.closed); }
}

function startAct(box) {
  const form = box.closest("form");
  const { kit, key_line: line, proofs } = form.elements;
  const button = form.querySelector("button[type=submit]");
  const status = box.querySelector("[data-status]");
  const handed = JSON.parse(box.querySelector("#handed").textContent);
  // Without a name, a field is never part of what is sent.
  for (const one of [kit, line]) one.removeAttribute("name");
  takeOver();

  form.addEventListener("submit", async (event) => {
    hold(event, form);
    if (button.disabled) return;
    button.disabled = true;
    tell(box, null);
    status.textContent = WORDS.working;
    try {
      const given = await readKit(kit.files[0], line.value);
      await checkKit(given, handed);
      proofs.value = JSON.stringify(await proofsOf(handed, given.identity));
      status.textContent = WORDS.sending;
      kit.value = "";
      line.value = "";
      form.submit();
    } catch (failure) {
      status.textContent = "";
      button.disabled = false;
      tell(box, failure);
    }
  });
  addEventListener("pageshow", () => { button.disabled = false; status.textContent = ""; proofs.value = ""; });
}

// --- New keys --------------------------------------------------------------------------------------------------------

function save(text, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

// As the site names the file of a kit.
const inFileName = (name) => name.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "");

async function make(box, input) {
  const holder = input.dataset.holder && document.getElementById(input.dataset.holder);
  const name = holder ? holder.selectedOptions[0].text : box.dataset.name;
  const position = input.dataset.position || box.dataset.position;
  const identity = await age.generateX25519Identity();
  const recipient = await age.identityToRecipient(identity);
  const print = await fingerprint(recipient);
  const card = box.querySelector("template").content.firstElementChild.cloneNode(true);
  const part = (mark) => card.querySelector(`[data-${mark}]`);
  part("title").textContent = `Clé de secours n°\u00a0${position}\u00a0: ${name}`;
  part("fingerprint").textContent = print;
  part("identity").textContent = identity.match(/^AGE-SECRET-KEY-1|.{1,4}/g).join(" ");
  for (const one of card.querySelectorAll("[data-whose]")) one.textContent = ` : ${name}`;
  part("done").id = `kept-${position}`;
  card.querySelector("label").htmlFor = part("done").id;
  // The same lines as a kit made by the site; the `age` tool reads them.
  const text = `# Clé de secours, appel ${box.dataset.reference}, gardien n° ${position}\n# Empreinte : ${print}\n# public key: ${recipient}\n${identity}\n`;
  part("save").addEventListener("click", () => save(text, `cle-de-secours-${position}-${inFileName(name)}.txt`));
  part("print").addEventListener("click", () => {
    // Some browsers print after they answer: the mark stays until another kit is printed.
    for (const one of box.querySelectorAll("[data-printed]")) delete one.dataset.printed;
    card.dataset.printed = "";
    window.print();
  });
  input.value = recipient;
  return card;
}

function startKits(box) {
  const form = box.closest("form");
  const inputs = [...form.querySelectorAll("input[data-kit-key]")];
  const choices = inputs.map((input) => document.getElementById(input.dataset.holder)).filter(Boolean);
  const people = form.querySelector("[data-people]");
  const button = form.querySelector("button[type=submit]");
  const cards = [];
  // Keys already saved come back with a page that was refused: they serve.
  const isKept = () => !cards.length && inputs.every((input) => input.value);
  let isLeaving = false;
  takeOver();
  button.textContent = isKept() ? box.dataset.end : box.dataset.make;
  box.querySelector("[data-kept]").hidden = !isKept();

  async function makeAll() {
    if (new Set(choices.map((one) => one.value).filter(Boolean)).size !== choices.length) throw new Failure(WORDS.people);
    cards.push(...await Promise.all(inputs.map((input) => make(box, input))));
    box.querySelector("[data-list]").append(...cards);
    const made = box.querySelector("[data-made]");
    made.hidden = false;
    if (people) people.hidden = true;
    button.textContent = box.dataset.end;
    made.focus();
  }

  form.addEventListener("submit", async (event) => {
    tell(box, null);
    const undone = cards.find((card) => !card.querySelector("[data-done]").checked);
    if (isKept() || (cards.length && !undone)) { isLeaving = true; return; }
    hold(event, form);
    if (undone) { tell(box, new Failure(WORDS.undone)); return; }
    try { await makeAll(); } catch (failure) { tell(box, failure); }
  });
  // What was made and not inscribed would be of no use.
  addEventListener("beforeunload", (event) => { if (cards.length && !isLeaving) event.preventDefault(); });
}

// Without the means (an old browser, a page that is not served safely), the ordinary pages stay.
if (window.age && window.crypto && crypto.subtle) {
  for (const box of document.querySelectorAll("[data-key-act]")) startAct(box);
  for (const box of document.querySelectorAll("[data-kits]")) startKits(box);
}
