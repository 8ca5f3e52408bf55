// Who orders: a guest's name and e-mail address, or signing in, which brings the saved addresses.
// @ts-check
import { html, useState } from "../../design/html.js";
import { Button } from "../../design/components/button.js";
import { Field } from "../../design/components/input.js";
import { Note } from "../../design/components/note.js";
import { ApiError, login } from "../api.js";

/** @param {{onSignIn: (bearer: string) => void}} props */
function SignIn({ onSignIn }) {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const enter = async () => {
    if (busy || !email || !password) return;
    setBusy(true);
    setError("");
    try {
      onSignIn((await login(email.trim(), password)).access_token);
    } catch (problem) {
      setError(problem instanceof ApiError && problem.status === 401 ? "E-mail or password is not right." : String(problem));
      setBusy(false);
    }
  };
  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault(); // it belongs to the order's form
    enter();
  };
  return html`<div class="part__box" onKeyDown=${onKeyDown}>
    <${Field} label="E-mail" type="email" autocomplete="username" value=${email} data-testid="checkout-signin-email"
      onInput=${(/** @type {any} */ event) => setEmail(event.target.value)} />
    <${Field} label="Password" type="password" autocomplete="current-password" value=${password} data-testid="checkout-signin-password"
      onInput=${(/** @type {any} */ event) => setPassword(event.target.value)} />
    <div role="alert">${error && html`<${Note} tone="danger">${error}<//>`}</div>
    <${Button} kind="quiet" busy=${busy} onClick=${enter} data-testid="checkout-signin-submit">Sign in<//>
  </div>`;
}

/** @param {import("./form.js").Part & {onSignIn: (bearer: string) => void}} props */
export function Contact({ checkout, form, errors, set, onSignIn }) {
  const [open, setOpen] = useState(false);
  const offer = checkout.needs_contact ? "Have an account?" : "This is a customer's cart.";
  return html`<section class="part" aria-labelledby="part-contact">
    <h2 id="part-contact">Who orders</h2>
    <p class="part__line">
      ${offer}${" "}
      <button type="button" class="part__link" aria-expanded=${open} onClick=${() => setOpen(!open)} data-testid="checkout-signin">
        Sign in
      </button>
      ${" "}to use your saved addresses.
    </p>
    ${open && html`<${SignIn} onSignIn=${onSignIn} />`}
    ${checkout.needs_contact &&
    !open &&
    html`
      <${Field} label="E-mail" type="email" name="email" autocomplete="email" inputmode="email" required
        hint="For the confirmation, and to find your order again." value=${form.email} error=${errors.email} data-testid="checkout-email"
        onInput=${(/** @type {any} */ event) => set({ email: event.target.value })} />
      <${Field} label="Name" name="name" autocomplete="name" required value=${form.name} error=${errors.name} data-testid="checkout-name"
        onInput=${(/** @type {any} */ event) => set({ name: event.target.value })} />
    `}
  </section>`;
}
