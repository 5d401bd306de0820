/* What scripts add to the admins' forms. */
"use strict";

/* Who picks a colour of their own means it. */
document.addEventListener("input", (event) => {
  const own = document.querySelector('input[name="color"][value="own"]');
  if (own && event.target.id === "own_color") own.checked = true;
}, true);
