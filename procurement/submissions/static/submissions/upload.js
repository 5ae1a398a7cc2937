// Sends chosen files part by part, three at a time, and goes on after any break: what the server says it holds is the
// truth. Each part is sealed here to the public key of its envelope, where the browser can, and hashed before it leaves.
// The page works without this too, up to 50 MB.
"use strict";

const PARALLEL = 3;
const SPOKEN = [25, 50, 75, 100];
// Milliseconds: nothing passed for so long; between two tries, doubled up to the last.
const STALLED = 60000;
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 30000;
const DAMAGED_AT_MOST = 3;
const made = document.querySelector("meta[name=now]");
const behind = made ? Date.parse(made.content) - Date.now() : 0;

const WORDS = {
  network: "Le réseau ne répond pas. Nouvel essai dans un instant, sans rien perdre.",
  stalled: "Plus rien ne passe depuis une minute. Nouvel essai, sans rien perdre.",
  server: "Le site a répondu par une erreur. Nouvel essai dans un instant, sans rien perdre.",
  busy: "Beaucoup d’envois en cours. Nouvel essai dans quelques secondes.",
  offline: "Connexion coupée. L’envoi reprendra seul ; ce qui est reçu est gardé.",
  paused: "En pause. Ce qui est reçu est gardé.",
  session: "Votre session a expiré. Reconnectez-vous, revenez ici et choisissez le fichier à nouveau : rien n’est perdu.",
  reading: "Votre navigateur ne lit plus ce fichier. Fermez les programmes qui l’utilisent, puis choisissez-le à nouveau.",
  other: "Ce fichier n’est pas celui dont l’envoi a commencé : son contenu a changé.",
  missing: "Cet envoi n’existe plus sur le site. Rechargez la page et choisissez le fichier à nouveau.",
  cancelled: "Envoi annulé.",
  sealing: "Ce navigateur n’a pas pu sceller ce fichier. Rechargez la page et choisissez-le à nouveau : ce qui est reçu est gardé.",
  page: "Le programme de cette page a échoué. Rechargez-la et choisissez le fichier à nouveau : ce qui est reçu est gardé.",
};

class Failure extends Error {
  constructor(code, words = "") {
    super(words || WORDS[code] || "L’envoi a échoué.");
    this.code = code;
  }
}

function hour(milliseconds) {
  return new Date(milliseconds).toLocaleTimeString("fr-FR", { hour: "numeric", minute: "2-digit", timeZone: "Europe/Paris" }).replace(":", "\u00a0h\u00a0");
}

function inSize(bytes) {
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))}\u00a0ko` : `${(bytes / 1e6).toLocaleString("fr-FR", { maximumFractionDigits: 1 })}\u00a0Mo`;
}

function inTime(milliseconds) {
  const minutes = Math.ceil(milliseconds / 60000);
  if (minutes < 2) return `encore ${Math.max(1, Math.ceil(milliseconds / 1000))}\u00a0s environ`;
  return minutes < 120 ? `encore ${minutes}\u00a0minutes environ` : `encore ${Math.round(minutes / 60)}\u00a0heures environ`;
}

// What the pace so far says about the end, against the deadline.
function estimate(sent, left, since, deadline) {
  const now = Date.now();
  if (now - since < 3000 || !sent) return "";
  const wait = (left * (now - since)) / sent;
  const end = now + behind + wait;
  const margin = Math.floor((deadline - end) / 60000);
  if (margin < 0) return `À ce rythme, l’envoi finira à ${hour(end)}, après l’heure limite.`;
  if (margin < 120) return `À ce rythme, l’envoi finira à ${hour(end)}, ${margin}\u00a0minute${margin > 1 ? "s" : ""} avant l’heure limite.`;
  return `${inTime(wait)}.`;
}

function button(words, name) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "btn btn--plain btn--small";
  made.textContent = words;
  const whose = document.createElement("span");
  whose.className = "sr";
  whose.textContent = ` : ${name}`;
  made.append(whose);
  return made;
}

function line(list, file) {
  const item = document.createElement("li");
  item.className = "file";
  const bar = document.createElement("progress");
  bar.max = 100;
  bar.value = 0;
  bar.setAttribute("aria-label", `Envoi de ${file.name}`);
  const name = document.createElement("span");
  name.className = "t-break";
  name.textContent = `${file.name} (${inSize(file.size)})`;
  const words = document.createElement("p");
  words.className = "small";
  const row = document.createElement("div");
  row.className = "row row--spread";
  const buttons = document.createElement("span");
  buttons.className = "row row--2";
  row.append(words, buttons);
  item.append(name, bar, row);
  list.append(item);
  return { item, bar, words, buttons };
}

async function ask(form, address, method, message) {
  const headers = { "X-Upload": "1", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value, Accept: "application/json" };
  if (message) headers["Content-Type"] = "application/json";
  try {
    const answer = await fetch(address, { method, headers, body: message && JSON.stringify(message), credentials: "same-origin", redirect: "manual" });
    return { status: answer.type === "opaqueredirect" ? 302 : answer.status, wait: Number(answer.headers.get("Retry-After")), answer: await answer.json().catch(() => null) };
  } catch { return { status: 0, code: "network", answer: null }; }
}

function inHex(buffer) { return [...new Uint8Array(buffer)].map((one) => one.toString(16).padStart(2, "0")).join(""); }

async function sealed(bytes, recipient) {
  const encrypter = new age.Encrypter();
  encrypter.addRecipient(recipient);
  return encrypter.encrypt(bytes);
}

// Whether this browser can seal: asked once, with a key of a moment. Where it cannot, the site seals what comes.
let ability = null;
function canSeal() {
  ability ??= (async () => {
    try {
      const identity = await age.generateX25519Identity();
      const opener = new age.Decrypter();
      opener.addIdentity(identity);
      const trial = new Uint8Array([1, 2, 3]);
      return (await opener.decrypt(await sealed(trial, await age.identityToRecipient(identity)))).join() === trial.join();
    } catch { return false; }
  })();
  return ability;
}

class Transfer {
  constructor(form, file, view, say) {
    Object.assign(this, { form, file, view, say, isPaused: false, isOver: false, spoken: 0, sent: 0, since: Date.now() });
    this.waiting = [];
    this.requests = new Map();
    this.held = new Set();
    this.pause = button("Mettre en pause", file.name);
    this.cancel = button("Annuler l’envoi", file.name);
    view.buttons.append(this.pause, this.cancel);
    this.pause.addEventListener("click", () => this.setPaused(!this.isPaused));
    this.cancel.addEventListener("click", () => { this.isOver = true; this.stop(); this.release(); });
    this.wentOff = () => { this.tell(WORDS.offline, true); this.stop(); };
    this.cameBack = () => { this.report("offline"); this.report("online"); this.restart(); };
    addEventListener("offline", this.wentOff);
    addEventListener("online", this.cameBack);
  }

  tell(words, isSpoken = false) {
    this.view.words.textContent = words;
    if (isSpoken) this.say(`${this.file.name} : ${words}`);
  }

  // Codes only: neither the name of the file nor a text of this computer leaves.
  report(code, part) {
    if (this.form.dataset.report) ask(this.form, this.form.dataset.report, "POST", { code, file: this.known && this.known.file, part });
  }

  stop() { for (const request of this.requests.keys()) request.abort(); }

  release() { for (const one of this.waiting.splice(0)) one(); }

  restart() { this.since = Date.now(); this.sent = 0; this.release(); }

  setPaused(isPaused) {
    this.isPaused = isPaused;
    this.pause.firstChild.textContent = isPaused ? "Reprendre l’envoi" : "Mettre en pause";
    if (isPaused) { this.stop(); this.tell(WORDS.paused, true); this.report("paused"); } else { this.restart(); this.show(); }
  }

  async mayGo() {
    for (;;) {
      if (this.isOver) throw new Failure("cancelled");
      if (!this.isPaused && navigator.onLine) return;
      await new Promise((go) => this.waiting.push(go));
    }
  }

  // Until it passes: breaks of the network and of the server are waited out, refusals are final.
  async persist(attempt, part) {
    let wait = FIRST_WAIT;
    let damaged = 0;
    for (;;) {
      await this.mayGo();
      const got = await attempt();
      if (got.status >= 200 && got.status < 300) return got;
      const code = (got.answer && got.answer.code) || got.code || (got.status >= 500 ? "server" : got.status === 404 ? "missing" : "session");
      const again = got.status === 0 || code === "busy" || code === "cut" || code === "server" || (code === "damaged" && ++damaged < DAMAGED_AT_MOST);
      if (!again) throw new Failure(code, got.answer && got.answer.reasons && got.answer.reasons.join(" "));
      if (this.isOver || this.isPaused || !navigator.onLine) continue;
      if (WORDS[code]) this.tell(WORDS[code]);
      if (got.status === 0 || code === "server") this.report(code, part);
      await new Promise((go) => { this.waiting.push(go); setTimeout(go, got.wait ? 1000 * got.wait : wait * (0.75 + Math.random() / 2)); });
      wait = Math.min(2 * wait, LONGEST_WAIT);
    }
  }

  lengthOf(n) { return Math.min(this.known.part_size, this.file.size - (n - 1) * this.known.part_size); }

  async read(n) {
    const start = (n - 1) * this.known.part_size;
    const length = this.lengthOf(n);
    const salted = new Uint8Array(this.salt.length + length);
    salted.set(this.salt);
    try { salted.set(new Uint8Array(await this.file.slice(start, start + length).arrayBuffer()), this.salt.length); } catch { throw new Failure("reading"); }
    return { bytes: salted.subarray(this.salt.length), digest: inHex(await crypto.subtle.digest("SHA-256", salted)) };
  }

  // Once sealed, the site cannot look at it any more.
  async look() {
    let refusal;
    try { refusal = await judge(this.file, JSON.parse(document.getElementById("extensions").textContent)); } catch { throw new Failure("reading"); }
    if (refusal) throw new Failure("type", refusal);
  }

  async seal(part) {
    if (!this.isSealing) return part;
    try {
      const bytes = await sealed(part.bytes, this.known.recipient);
      return { bytes, digest: part.digest, sealed: inHex(await crypto.subtle.digest("SHA-256", bytes)) };
    } catch { throw new Failure("sealing"); }
  }

  put(n, { bytes, digest, sealed: ofSealed }) {
    return new Promise((done) => {
      const request = new XMLHttpRequest();
      let timer = null;
      let hasStalled = false;
      const watch = () => { clearTimeout(timer); timer = setTimeout(() => { hasStalled = true; request.abort(); }, STALLED); };
      const end = (got) => { clearTimeout(timer); this.requests.delete(request); done(got); };
      this.requests.set(request, 0);
      request.upload.addEventListener("progress", (event) => { watch(); this.requests.set(request, event.loaded); this.show(); });
      request.addEventListener("load", () => {
        let answer = null;
        try { answer = JSON.parse(request.responseText); } catch { answer = null; }
        end({ status: request.status, wait: Number(request.getResponseHeader("Retry-After")), answer });
      });
      for (const broken of ["error", "abort"]) request.addEventListener(broken, () => end({ status: 0, code: hasStalled ? "stalled" : "network", answer: null }));
      request.open("PUT", `${this.known.part_address}${n}/`);
      request.setRequestHeader("X-Upload", "1");
      request.setRequestHeader("X-CSRFToken", this.form.elements.csrfmiddlewaretoken.value);
      request.setRequestHeader("X-Part-Digest", digest);
      request.setRequestHeader("Content-Type", ofSealed ? "application/vnd.age" : "application/octet-stream");
      if (ofSealed) {
        request.setRequestHeader("X-Sealed-Digest", ofSealed);
        request.setRequestHeader("X-Sealing-Program", this.form.dataset.program);
      }
      request.setRequestHeader("Accept", "application/json");
      watch();
      request.send(bytes);
    });
  }

  get bytesHeld() { return [...this.held].reduce((sum, n) => sum + this.lengthOf(n), 0); }

  show() {
    if (this.isOver || this.isPaused || !navigator.onLine || !this.known) return;
    const flying = [...this.requests.values()].reduce((sum, one) => sum + one, 0);
    const there = Math.min(this.file.size, this.bytesHeld + flying);
    const percent = Math.floor((100 * there) / this.file.size);
    this.view.bar.value = percent;
    const pace = estimate(this.sent + flying, this.file.size - there, this.since, Date.parse(this.form.dataset.deadline));
    this.tell(`${percent}\u00a0% envoyés, ${inSize(there)} sur ${inSize(this.file.size)}. ${pace}`);
    const step = SPOKEN.filter((one) => one <= percent).pop() || 0;
    if (step > this.spoken) { this.spoken = step; this.say(`${this.file.name} : ${step}\u00a0% envoyés`); }
  }

  // Which parts still have to leave: those held must be those of this very file.
  async missing() {
    if (this.known.held.length) this.tell("Reprise : vérification de ce qui est déjà reçu…", true);
    for (const [n, digest] of this.known.held) {
      await this.mayGo();
      if ((await this.read(n)).digest !== digest) throw new Failure("other");
      this.held.add(n);
    }
    return Array.from({ length: this.known.parts }, (_, at) => at + 1).filter((n) => !this.held.has(n));
  }

  async work(queue) {
    for (let n = queue.shift(); n !== undefined; n = queue.shift()) {
      await this.mayGo();
      const part = await this.seal(await this.read(n));
      await this.persist(() => this.put(n, part), n);
      this.held.add(n);
      this.sent += this.lengthOf(n);
      this.show();
    }
  }

  async send() {
    try {
      this.isSealing = await canSeal();
      if (this.isSealing) await this.look();
      const begun = await this.persist(() => ask(this.form, this.form.dataset.begin, "POST", { name: this.file.name, size: this.file.size }));
      this.known = begun.answer;
      this.salt = Uint8Array.from(this.known.salt.match(/../g), (one) => parseInt(one, 16));
      const queue = await this.missing();
      this.since = Date.now();
      this.show();
      const workers = Array.from({ length: Math.min(PARALLEL, queue.length) }, () => this.work(queue));
      try { await Promise.all(workers); } catch (failure) { queue.length = 0; this.stop(); await Promise.allSettled(workers); throw failure; }
      await this.persist(() => ask(this.form, this.known.finish, "POST"));
      this.end(this.isSealing ? "Scellé ici et reçu entier. L’antivirus passe à l’ouverture." : "Reçu entier. L’antivirus passe à l’ouverture.");
      return true;
    } catch (failure) {
      await this.fail(failure instanceof Failure ? failure : new Failure("page"));
      return false;
    }
  }

  end(words) {
    this.isOver = true;
    removeEventListener("offline", this.wentOff);
    removeEventListener("online", this.cameBack);
    this.pause.remove();
    this.cancel.remove();
    this.tell(words, true);
  }

  async fail(failure) {
    const isKnown = Boolean(this.known);
    if (["cancelled", "reading", "other", "session", "sealing", "type", "page"].includes(failure.code)) this.report(failure.code);
    if (failure.code === "cancelled" && isKnown) await ask(this.form, this.known.drop, "POST");
    this.end(failure.code === "cancelled" ? failure.message : `${failure.message} (code ${failure.code})`);
    if (failure.code === "other") {
      const again = button("Abandonner l’envoi commencé et envoyer ce fichier", this.file.name);
      again.addEventListener("click", async () => {
        await ask(this.form, this.known.drop, "POST");
        this.view.item.remove();
        this.form.dispatchEvent(new CustomEvent("again", { detail: [this.file] }));
      });
      this.view.buttons.append(again);
    }
  }
}

function start(form) {
  const input = form.querySelector("input[type=file]");
  const list = form.querySelector("[data-upload-list]");
  const status = form.querySelector("[data-upload-status]");
  const say = (text) => { status.textContent = text; };
  let queue = Promise.resolve(true);
  let sending = 0;
  // Files leave as soon as they are chosen: the button only serves without this program.
  form.querySelector("button[type=submit]").hidden = true;

  function refuse(words, size) {
    say(words);
    line(list, { name: "Envoi refusé", size }).words.textContent = words;
  }

  // What goes beyond the limits is told before the first byte; what is under way already was counted.
  async function tooMuch(files) {
    const { answer } = await ask(form, form.dataset.transfers, "GET");
    const known = (answer && answer.files) || [];
    const fresh = files.filter((file) => !known.some((one) => one.name === file.name && one.size === file.size));
    const total = fresh.reduce((sum, file) => sum + file.size, 0);
    const perFile = Number(form.dataset.perFile);
    const large = files.find((file) => file.size > perFile);
    if (large) return ["file-size", `« ${large.name} » fait ${inSize(large.size)} : c’est plus que la limite de ${inSize(perFile)} par fichier.`, large.size];
    if (total > Number(form.dataset.left)) return ["quota", `Ces fichiers font ${inSize(total)} : il reste ${inSize(Number(form.dataset.left))} sur la limite annoncée en tout.`, total];
    if (fresh.length > Number(form.dataset.filesLeft)) return ["count", `Le nombre de fichiers annoncé est atteint : il en reste ${form.dataset.filesLeft} à envoyer au plus.`, total];
    return null;
  }

  async function take(files) {
    const refused = await tooMuch(files);
    if (refused) {
      if (form.dataset.report) ask(form, form.dataset.report, "POST", { code: refused[0] });
      refuse(refused[1], refused[2]);
      return false;
    }
    let kept = true;
    for (const file of files) kept = (await new Transfer(form, file, line(list, file), say).send()) && kept;
    return kept;
  }

  function add(files) {
    sending += 1;
    form.dataset.sending = "1";
    queue = queue.then(async (before) => {
      const kept = await take(files).finally(() => { sending -= 1; });
      if (!sending) delete form.dataset.sending;
      // The server's list is the truth: shown again as soon as nothing went wrong.
      if (kept && before && !document.querySelector("form[data-sending]")) location.reload();
      return kept && before;
    });
  }

  input.addEventListener("change", () => { const files = [...input.files]; input.value = ""; if (files.length) add(files); });
  form.addEventListener("again", (event) => add(event.detail));
  addEventListener("beforeunload", (event) => { if (sending) event.preventDefault(); });
}

// Without the means to hash (an old browser, a page that is not served safely), the ordinary form stays.
if (window.crypto && crypto.subtle) for (const form of document.querySelectorAll("form[data-upload]")) start(form);
