// @ts-check
// Confirming a registration: the token behind the # and the password that was chosen open the account and sign in.
import { ApiError, confirm } from "../chat/api.js";
import { remember } from "../chat/storage.js";

const token = location.hash.slice(1);
history.replaceState(null, "", location.pathname);

const form = /** @type {HTMLFormElement} */ (document.querySelector("form"));
const status = /** @type {HTMLElement} */ (document.querySelector("[role=status]"));
const password = /** @type {HTMLInputElement} */ (document.getElementById("password"));

/** @param {string} text */
function say(text) {
  status.textContent = text;
}

/** @param {unknown} error */
function explain(error) {
  if (!(error instanceof ApiError) || error.status === 0) return "We can't be reached just now. Please try again.";
  if (error.problem.code !== "wrong_credentials") return `${error.message}.`;
  const left = Number(/** @type {any} */ (error.problem).tries_left ?? 0);
  return left > 0 ? `That is another password. You can try ${left} more times.` : "That is another password. Please register again.";
}

if (!token) {
  form.hidden = true;
  say("This page opens by the link in our e-mail.");
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  say("One moment …");
  try {
    remember("closer.session", await confirm(token, password.value));
    location.replace("/chat");
  } catch (error) {
    say(explain(error));
    password.select();
  }
});
