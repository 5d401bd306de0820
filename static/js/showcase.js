"use strict";

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
