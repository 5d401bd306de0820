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
