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

/* Hours to confirm: how many are chosen, and J, K, X, Shift and Enter. */
function watchReview(form) {
  const boxes = all('input[name="activity"]', form), every = form.querySelector("[data-all]");
  form.removeAttribute("data-review");
  form.querySelector("[data-keys]").hidden = false;
  form.addEventListener("change", (event) => {
    if (event.target === every) for (const box of boxes) box.checked = every.checked;
    sayChosen(form, boxes, every);
  });
  form.addEventListener("keydown", (event) => reviewKey(event, form, boxes));
  sayChosen(form, boxes, every);
}

function sayChosen(form, boxes, every) {
  const chosen = boxes.filter((box) => box.checked);
  const sum = (name) => Math.round(100 * chosen.reduce((total, box) => total + Number(box.dataset[name]), 0)) / 100;
  const output = form.querySelector("[data-chosen]"), button = form.querySelector("[data-label]");
  output.dataset.start ??= output.textContent;
  button.dataset.start ??= button.textContent;
  const fill = (words) => words.replace("{n}", chosen.length).replace("{hours}", sum("hours")).replace("{points}", Math.floor(sum("points")));
  output.textContent = chosen.length ? fill(output.dataset.words) : output.dataset.start;
  button.textContent = chosen.length ? fill(button.dataset.label) : button.dataset.start;
  every.checked = chosen.length === boxes.length;
  every.indeterminate = chosen.length > 0 && !every.checked;
}

function reviewKey(event, form, boxes) {
  const here = boxes.indexOf(document.activeElement);
  const move = { j: 1, k: -1 }[event.key];
  if (move) boxes[Math.min(boxes.length - 1, Math.max(0, here + move))].focus();
  else if (event.key === "x" && here >= 0) boxes[here].click();
  else if (event.key === "Enter" && event.shiftKey) form.requestSubmit(form.querySelector("[data-label]"));
  else if (event.key !== "Enter" || here < 0) return;
  event.preventDefault();
}

/* Who is chosen for an award: suggestions become chips, chips go again, arrows and Enter choose. */
document.addEventListener("click", (event) => {
  const remove = event.target.closest("[data-remove]"), add = event.target.closest("[data-suggestion]");
  if (remove) {
    event.preventDefault();
    const field = remove.closest("form").querySelector("#query");
    remove.closest("[data-chip]").remove();
    field.focus();
  }
  if (add && addChip(add)) event.preventDefault();
});

function addChip(suggestion) {
  const form = suggestion.closest("form"), chips = form.querySelector("[data-chips]"), template = form.querySelector("template[data-chip-template]");
  if (!template) return false;
  const chip = template.content.cloneNode(true);
  chip.querySelector("input").value = suggestion.value;
  chip.querySelector("[data-remove]").value = suggestion.value;
  chip.querySelector(".avatar").textContent = suggestion.dataset.initials;
  chip.querySelector("[data-chip-name]").textContent = suggestion.dataset.name;
  if (![...chips.querySelectorAll("input")].some((input) => input.value === suggestion.value)) chips.append(chip);
  const query = form.querySelector("#query");
  query.value = "";
  form.querySelector("#suggestions").hidden = true;
  query.focus();
  return true;
}

document.addEventListener("keydown", (event) => {
  const list = document.querySelector("#suggestions:not([hidden])");
  const choices = list ? all("button", list) : [];
  if (!choices.length || !(event.target.id === "query" || list.contains(event.target))) return;
  const here = choices.indexOf(event.target), move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (move) (choices[here + move] ?? document.querySelector("#query")).focus();
  else if (event.key === "Enter" && here < 0) choices[0].click();
  else if (event.key === "Escape") { list.hidden = true; document.querySelector("#query").focus(); }
  else return;
  event.preventDefault();
});

/* A list in one's own order: a medal is dragged up or down by finger or mouse, and the form is sent where it is let go. */
document.addEventListener("pointerdown", (event) => {
  const grip = event.target.closest("[data-order] .grip");
  if (!grip || event.button) return;
  event.preventDefault();
  const row = grip.closest("li"), list = row.parentElement, before = [...list.children];
  const move = (now) => {
    const other = before.find((one) => one !== row && isOver(one, now.clientY));
    if (other) pass(row, other);
  };
  const drop = (end) => {
    for (const [name, deed] of deeds) grip.removeEventListener(name, deed);
    row.classList.remove("dragged");
    if (end.type === "pointercancel") list.append(...before);
    else if ([...list.children].some((one, place) => one !== before[place])) list.closest("form").requestSubmit();
  };
  const deeds = [["pointermove", move], ["pointerup", drop], ["pointercancel", drop]];
  for (const [name, deed] of deeds) grip.addEventListener(name, deed);
  row.classList.add("dragged");
  grip.setPointerCapture(event.pointerId);
});

function isOver(row, y) {
  const { top, bottom } = row.getBoundingClientRect(), edge = (bottom - top) / 4;
  return y > top + edge && y < bottom - edge;
}

/* The others change places, and the one that is held stays where it is: whatever is put elsewhere loses the pointer. */
function pass(row, other) {
  const places = [...row.parentElement.children], ahead = places.indexOf(other) < places.indexOf(row);
  while (row[ahead ? "previousElementSibling" : "nextElementSibling"]) {
    const next = ahead ? row.previousElementSibling : row.nextElementSibling;
    ahead ? row.after(next) : row.before(next);
    if (next === other) return;
  }
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
  all("[data-review]", root).forEach(watchReview);
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
