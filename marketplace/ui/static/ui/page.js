// Small helps that every page may do without: the countdown goes on, a form is sent once.
"use strict";

function timeLeft(milliseconds) {
  const minutes = Math.floor(milliseconds / 60000);
  const hours = Math.floor(minutes / 60);
  if (milliseconds <= 0) return "Heure limite passée";
  if (hours >= 48) return `${Math.floor(hours / 24)}\u00a0jours`;
  if (hours >= 1) return `${hours}\u00a0h\u00a0${String(minutes % 60).padStart(2, "0")}`;
  return minutes ? `${minutes}\u00a0minute${minutes > 1 ? "s" : ""}` : "moins d’une minute";
}

// The hour of the server counts: the page keeps the difference that it saw when it was made.
for (const countdown of document.querySelectorAll("[data-countdown]")) {
  const drift = Date.parse(countdown.dataset.now) - Date.now();
  const until = Date.parse(countdown.dataset.countdown);
  setInterval(() => { countdown.textContent = timeLeft(until - Date.now() - drift); }, 60000);
}

// A second click on the button of a form being sent does nothing; coming back with the Back button frees it again.
for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
    setTimeout(() => { delete form.dataset.sent; }, 8000);
  });
}
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// What only makes a page quicker comes at the first sign of somebody's hand: not while the page is drawn. What was
// changed before it is there is told again once it is.
const SIGNS = ["pointermove", "pointerdown", "keydown", "focusin", "change"];
let changed = null;
const note = (event) => { changed = event.target; };
function bringTheRest() {
  for (const sign of SIGNS) removeEventListener(sign, bringTheRest);
  for (const later of document.querySelectorAll("meta[name=later]")) {
    const program = document.createElement("script");
    program.src = later.content;
    program.addEventListener("load", () => {
      removeEventListener("change", note);
      changed?.dispatchEvent(new Event("change", { bubbles: true }));
    });
    document.head.append(program);
  }
}
if (document.querySelector("meta[name=later]")) {
  addEventListener("change", note);
  for (const sign of SIGNS) addEventListener(sign, bringTheRest, { passive: true });
}
