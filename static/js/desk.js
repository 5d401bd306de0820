/* What scripts add to the coordinator's screens. Letters act only inside the list of hours, where the focus is. */
"use strict";

/* What is typed into a field of the list is no command. */
document.addEventListener("keydown", (event) => {
  const field = event.target.closest?.("[data-queue] :is(textarea, input:not([type='checkbox']))");
  if (field) event.stopPropagation();
}, true);

/* A confirms what is chosen, or the line that one is on. */
document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("[data-queue]");
  if (!form || event.key !== "a" || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  if (!form.querySelector('input[name="activity"]:checked') && event.target.name === "activity") event.target.click();
  form.requestSubmit(form.querySelector("[data-label]"));
});

/* After an answer the list is another one: who worked in it by keyboard goes on at its start. */
let working = false;
document.addEventListener("htmx:before:request", (event) => {
  working = Boolean(event.target.closest?.("[data-queue]"));
});
document.addEventListener("htmx:after:process", () => {
  if (!working) return;
  working = false;
  document.querySelector('#waiting input[name="activity"]')?.focus();
});

/* The letter and the sum follow what is typed and who is chosen. */
function follow(form) {
  const value = (name) => form.elements[name]?.value.trim() ?? "";
  const people = [...form.querySelectorAll("[data-chips] [data-chip-name]")].map((name) => name.textContent);
  const points = Number(value("points").replace("−", "-")), whole = Number.isInteger(points) && points !== 0;
  const letter = form.querySelector("[data-letter]"), caption = letter.querySelector("figcaption");
  letter.hidden = !value("reason");
  letter.querySelector("blockquote").textContent = value("reason");
  letter.querySelector(".points").textContent = whole ? points.toLocaleString(custom, { signDisplay: "always" }) : "";
  caption.dataset.start ??= caption.textContent;
  caption.textContent = people.length === 1 ? caption.dataset.words.replace("{name}", people[0].split(" ")[0]) : caption.dataset.start;
  const total = form.querySelector("[data-total]"), number = (n) => n.toLocaleString(custom);
  const words = people.length === 1 ? total.dataset.one : total.dataset.many;
  total.textContent = people.length && whole
    ? words.replace("{n}", number(people.length)).replace("{points}", number(points)).replace("{all}", number(points * people.length)) : "";
  const button = form.querySelector("[data-give]"), gives = people.length && whole && points > 0 && value("kind") === "points";
  button.dataset.start ??= button.textContent;
  button.textContent = gives ? button.dataset.give.replace("{all}", number(points * people.length)) : button.dataset.start;
}

function watchAward(root) {
  for (const form of root.querySelectorAll?.("[data-award]:not([data-followed])") ?? []) {
    form.dataset.followed = "";
    form.addEventListener("input", () => follow(form));
    new MutationObserver(() => follow(form)).observe(form.querySelector("[data-chips]"), { childList: true });
    follow(form);
  }
}

document.addEventListener("htmx:after:process", () => watchAward(document));
watchAward(document);

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

function watchReviews(root) { all("[data-review]", root).forEach(watchReview); }

document.addEventListener("htmx:after:process", (event) => watchReviews(event.target));
watchReviews(document);
