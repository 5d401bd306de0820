/* A link that is shared as the device shares things, or copied. Without scripts it is a field to copy from. */
"use strict";

const row = document.querySelector("[data-share]"), field = document.querySelector("#link");
if (row) {
  const share = row.querySelector("[data-share-by]"), copy = row.querySelector("[data-copy]");
  const it = { title: row.dataset.title, text: row.dataset.words, url: field.value };
  share.hidden = !(navigator.canShare && navigator.canShare(it));
  row.hidden = false;
  share.addEventListener("click", () => navigator.share(it).catch(() => {}));
  copy.addEventListener("click", async () => {
    field.select();
    try { await navigator.clipboard.writeText(field.value); } catch { document.execCommand("copy"); }
    copy.firstElementChild.textContent = row.dataset.copied;
    document.querySelector("#announcement").textContent = row.dataset.copied;
  });
  field.addEventListener("focus", () => field.select());
}
