// @ts-check
// The new-password form: takes the token from behind the #, forgets it from the address bar, and sets the password once.

const token = location.hash.slice(1);
history.replaceState(null, "", location.pathname);

const form = /** @type {HTMLFormElement} */ (document.querySelector("form"));
const status = /** @type {HTMLElement} */ (document.querySelector("[role=status]"));
const field = (/** @type {string} */ id) => /** @type {HTMLInputElement} */ (document.getElementById(id));

/** @param {string} text */
function say(text) {
  status.textContent = text;
}

if (!token) {
  form.hidden = true;
  say("This page opens by the link in our e-mail. Ask for a new one in the chat: “I forgot my password”.");
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (field("password").value !== field("again").value) {
    say("The two passwords differ.");
    field("again").focus();
    return;
  }
  say("Saving …");
  try {
    const answer = await fetch("/api/v1/auth/password-reset", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ token, new_password: field("password").value }),
    });
    if (answer.ok) {
      form.hidden = true;
      say("Your new password is saved. You can sign in with it now; everywhere else you were signed out.");
      return;
    }
    const problem = await answer.json();
    say(problem.detail || "That did not work. Please ask for a new link in the chat.");
  } catch {
    say("We can't be reached just now. Nothing was changed; please try again.");
  }
});
