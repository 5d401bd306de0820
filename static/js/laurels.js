/* What scripts add to pages that work without them. Each part looks after one attribute. */
"use strict";

const calm = matchMedia("(prefers-reduced-motion: reduce)");
/* Numbers as the server writes them: by the page's language, in the digits 0 to 9. */
const custom = `${document.documentElement.lang}-u-nu-latn`;
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

/* Forms sent by htmx carry the token in a header; a form's own hidden field stays for plain sending. */
document.addEventListener("htmx:config:request", (event) => {
  const token = document.querySelector('meta[name="csrf-token"]');
  if (token) event.detail.ctx.request.headers["X-CSRFToken"] = token.content;
});

/* Day or night: chosen at once, kept in a cookie so that the server draws the next page right away. */
document.addEventListener("submit", (event) => {
  const form = event.target.closest(".theme");
  if (!form || !event.submitter) return;
  event.preventDefault();
  const theme = event.submitter.value;
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  document.cookie = `theme=${theme}; path=/; max-age=31536000; SameSite=Lax`;
  for (const button of all(".theme button")) button.setAttribute("aria-pressed", String(button.value === theme));
});

/* The menu closes when one clicks elsewhere or presses Escape. */
document.addEventListener("click", (event) => {
  const menu = document.querySelector(".menu[open]");
  if (menu && !menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  const menu = document.querySelector(".menu[open]");
  if (event.key !== "Escape" || !menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

/* A sum counts up to what it already says. */
function countUp(number) {
  const from = Number(number.dataset.countFrom), to = Number(number.dataset.countTo);
  const final = number.textContent, began = performance.now() + 480, lasts = 380;
  number.removeAttribute("data-count-to");
  if (calm.matches || from === to) return;
  const shown = document.createElement("span"), said = document.createElement("span");
  shown.setAttribute("aria-hidden", "true");
  said.className = "sr-only";
  said.textContent = final;
  number.replaceChildren(shown, said);
  const step = (now) => {
    const part = Math.min(1, Math.max(0, (now - began) / lasts));
    const eased = 1 - (1 - part) ** 3;
    shown.textContent = part === 1 ? final : Math.round(from + (to - from) * eased).toLocaleString(custom);
    if (part < 1) requestAnimationFrame(step);
    else number.textContent = final;
  };
  requestAnimationFrame(step);
}

/* A question that unfolds without scripts is a dialog with them. */
function makeDialog(details) {
  const body = details.querySelector(".confirm-body"), summary = details.querySelector("summary");
  const dialog = document.createElement("dialog");
  dialog.className = "sheet";
  dialog.setAttribute("aria-labelledby", body.getAttribute("aria-labelledby"));
  details.removeAttribute("data-dialog");
  details.after(dialog);
  dialog.append(body);
  summary.addEventListener("click", (event) => { event.preventDefault(); dialog.showModal(); });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-close]")) dialog.close();
  });
  dialog.addEventListener("close", () => summary.focus());
}

/* The bell asks for news every half minute, while somebody looks; whoever comes back to a page asks at once. */
const ASKS_EVERY = 30000;
let asked = Date.now();
function askForNews() {
  const bell = document.querySelector("#bell");
  if (!bell || document.hidden || !window.htmx || Date.now() - asked < ASKS_EVERY) return;
  asked = Date.now();
  window.htmx.trigger(bell, "ask");
}
setInterval(askForNews, 1000);
document.addEventListener("visibilitychange", askForNews);

/* What arrives is said aloud, and new parts are set up. */
function settle(root) {
  all("[data-count-to]", root).forEach(countUp);
  all("[data-dialog]", root).forEach(makeDialog);
  const news = root.matches?.("[data-announce]") ? root : root.querySelector("[data-announce]");
  if (news) announce(news.dataset.announce);
  const wrong = root.querySelector(".error-summary");
  if (wrong) wrong.focus();
}

function announce(words) {
  const status = document.querySelector("#announcement");
  setTimeout(() => { status.textContent = words; }, 100);
}

document.addEventListener("htmx:after:process", (event) => settle(event.target));
if (!window.htmx) settle(document.body);
