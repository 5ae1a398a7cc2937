// Sends chosen files one by one as soon as they are chosen, with progress in words; the page works without this too.
"use strict";

const SPOKEN = [25, 50, 75, 100];
const made = document.querySelector("meta[name=now]");
const behind = made ? Date.parse(made.content) - Date.now() : 0;

function hour(milliseconds) {
  return new Date(milliseconds).toLocaleTimeString("fr-FR", { hour: "numeric", minute: "2-digit", timeZone: "Europe/Paris" }).replace(":", "\u00a0h\u00a0");
}

function inSize(bytes) {
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))}\u00a0ko` : `${(bytes / 1e6).toLocaleString("fr-FR", { maximumFractionDigits: 1 })}\u00a0Mo`;
}

// What the pace so far says about the end, against the deadline.
function estimate(sent, total, startedAt, deadline) {
  const now = Date.now();
  if (now - startedAt < 3000 || !sent) return "";
  const end = now + behind + ((total - sent) * (now - startedAt)) / sent;
  const margin = Math.floor((deadline - end) / 60000);
  if (margin < 0) return `À ce rythme, l’envoi finira à ${hour(end)}, après l’heure limite.`;
  return margin < 120 ? `À ce rythme, l’envoi finira à ${hour(end)}, ${margin}\u00a0minute${margin > 1 ? "s" : ""} avant l’heure limite.` : `Fin prévue à ${hour(end)}.`;
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
  const cancel = document.createElement("button");
  cancel.type = "button";
  cancel.className = "btn btn--plain btn--small";
  cancel.textContent = "Annuler l’envoi";
  const row = document.createElement("div");
  row.className = "row row--spread";
  row.append(words, cancel);
  item.append(name, bar, row);
  list.append(item);
  return { item, bar, words, cancel };
}

function send(form, file, view, say) {
  return new Promise((done) => {
    const body = new FormData();
    // The token first, the proof of a whole body last.
    body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    body.append("files", file);
    body.append("whole", "1");
    const request = new XMLHttpRequest();
    const startedAt = Date.now();
    let spoken = 0;
    const end = (words, isKept) => { view.cancel.remove(); view.words.textContent = words; say(`${file.name} : ${words}`); done(isKept); };
    request.upload.addEventListener("progress", (event) => {
      const percent = Math.floor((100 * event.loaded) / event.total);
      view.bar.value = percent;
      view.words.textContent = `${percent}\u00a0% envoyés. ${estimate(event.loaded, event.total, startedAt, Date.parse(form.dataset.deadline))}`;
      const step = SPOKEN.filter((one) => one <= percent).pop() || 0;
      if (step > spoken) { spoken = step; say(`${file.name} : ${step}\u00a0% envoyés`); }
    });
    request.addEventListener("load", () => {
      let answer = null;
      try { answer = JSON.parse(request.responseText); } catch { answer = null; }
      if (request.status === 503) {
        view.words.textContent = "Beaucoup d’envois en cours. Nouvel essai dans quelques secondes.";
        setTimeout(() => send(form, file, view, say).then(done), 1000 * (Number(request.getResponseHeader("Retry-After")) || 10));
      } else if (!answer) end("Non reçu. Rechargez la page, reconnectez-vous si on vous le demande, puis recommencez.", false);
      else if (answer.reasons.length) end(answer.reasons.join(" "), false);
      else end(answer.received, true);
    });
    request.addEventListener("error", () => end("L’envoi a été coupé. Vérifiez votre connexion, puis choisissez le fichier à nouveau.", false));
    request.addEventListener("abort", () => end("Envoi annulé.", false));
    view.cancel.addEventListener("click", () => request.abort());
    request.open("POST", form.action);
    request.setRequestHeader("X-Upload", "1");
    request.setRequestHeader("Accept", "application/json");
    request.send(body);
  });
}

for (const form of document.querySelectorAll("form[data-upload]")) {
  const input = form.querySelector("input[type=file]");
  const list = form.querySelector("[data-upload-list]");
  const status = form.querySelector("[data-upload-status]");
  const say = (text) => { status.textContent = text; };
  let sending = 0;
  // Files leave as soon as they are chosen: the button only serves without this program.
  form.querySelector("button[type=submit]").hidden = true;

  input.addEventListener("change", async () => {
    const files = [...input.files];
    input.value = "";
    const total = files.reduce((sum, file) => sum + file.size, 0);
    if (total > Number(form.dataset.left)) {
      say(`Ces fichiers font ${inSize(total)} : c’est plus que la limite de ${inSize(Number(form.dataset.left))}.`);
      line(list, { name: "Envoi refusé", size: total }).words.textContent = status.textContent;
      return;
    }
    sending += 1;
    form.dataset.sending = "1";
    let kept = true;
    for (const file of files) {
      const view = line(list, file);
      if (file.size > Number(form.dataset.perFile)) {
        view.cancel.remove();
        view.words.textContent = `Ce fichier dépasse la limite de ${inSize(Number(form.dataset.perFile))}.`;
        say(`${file.name} : ${view.words.textContent}`);
        kept = false;
      } else kept = (await send(form, file, view, say)) && kept;
    }
    sending -= 1;
    if (!sending) delete form.dataset.sending;
    // The server's list is the truth: shown again as soon as nothing went wrong.
    if (kept && !document.querySelector("form[data-sending]")) location.reload();
  });
  addEventListener("beforeunload", (event) => { if (sending) event.preventDefault(); });
}
