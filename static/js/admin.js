/* What scripts add to the admins' forms. */
"use strict";

/* Who picks a colour of their own means it. */
document.addEventListener("input", (event) => {
  const own = document.querySelector('input[name="color"][value="own"]');
  if (own && event.target.id === "own_color") own.checked = true;
}, true);

/* What a display shows is put in order without asking the server, who would do it as well. */
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-order] button[name=up]");
  if (!button) return;
  event.preventDefault();
  const row = button.closest("li");
  row.previousElementSibling?.before(row);
  button.focus();
});
