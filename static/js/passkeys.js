/* Makes and shows passkeys: the browser answers the question in the page, and the answer goes as a form. */
"use strict";

const form = document.querySelector("form[data-passkey]");
const speaks = window.PublicKeyCredential && PublicKeyCredential.parseCreationOptionsFromJSON;
document.getElementById("no-passkeys").classList.toggle("shown", !speaks);
form.hidden = !speaks;

async function answer() {
  const options = JSON.parse(form.dataset.options);
  if (form.dataset.passkey === "make") {
    return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) });
  }
  return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const failed = document.getElementById("failed");
  failed.hidden = true;
  try {
    form.elements.credential.value = JSON.stringify((await answer()).toJSON());
    form.submit();
  } catch {
    failed.hidden = false;
  }
});
