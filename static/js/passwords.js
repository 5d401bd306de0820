/* Says in words how good a new password is, while one types. The server has the last word; nothing is sent meanwhile. */
"use strict";

const kinds = [/[a-z]/, /[A-Z]/, /[0-9]/, /[^A-Za-z0-9]/];

function strength(password) {
  const letters = new Set(password.toLowerCase()).size;
  if (password.length < 10) return 0;
  const variety = kinds.filter((kind) => kind.test(password)).length;
  const worth = Math.min(password.length, letters * 2) + 2 * variety;
  if (letters < 6 || worth < 15) return 1;
  return worth < 22 ? 2 : 3;
}

for (const field of document.querySelectorAll("input[data-strength]")) {
  const words = field.dataset.strength.split("|");
  const line = document.createElement("p");
  line.className = "strength";
  line.setAttribute("role", "status");
  field.after(line);
  field.addEventListener("input", () => {
    const found = strength(field.value);
    line.textContent = field.value ? words[found] : "";
    line.dataset.level = found;
  });
}
