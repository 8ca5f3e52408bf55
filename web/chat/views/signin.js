// Sign-in panel: sign in, register, a forgotten password; guest, and in the demo shop its customers.
// @ts-check
import { html, useEffect, useRef, useState } from "../../design/html.js";
import { Button } from "../../design/components/button.js";
import { Note } from "../../design/components/note.js";
import { ApiError } from "../api.js";
import { showSignIn, signIn, signInAsGuest } from "../chat.js";
import { closeWidget, embedded } from "../embed.js";
import { useChat } from "../store.js";
import { Wordmark } from "./aside.js";
import { DemoCustomers } from "./demo-customers.js";
import { ForgotForm, RegisterForm, SignInForm } from "./signin-forms.js";
import { ThemeToggle } from "./theme-toggle.js";

/** @typedef {"signin" | "register" | "forgot"} Mode */

/** @type {Record<Mode, [string, string]>} */
const WORDS = {
  signin: ["How can we help?", "Sign in so that we can see your orders, or ask a question as a guest."],
  register: ["Your account", "With an account you find your orders, addresses and invoices in one place."],
  forgot: ["A new password", "We send a link to your e-mail address; behind it you choose a new password."],
};

/** @param {unknown} error */
function explain(error) {
  if (!(error instanceof ApiError)) return "Something went wrong. Please try again.";
  if (error.status === 0) return "The shop cannot be reached. Check your connection and try again.";
  if (error.status === 401) return "E-mail or password is not right.";
  if (error.status === 403) return "Please open the link in our e-mail first; then you can sign in.";
  return error.message;
}

export function SignIn() {
  const notice = useChat((state) => state.notice);
  const joining = useChat((state) => state.joining);
  const [mode, setMode] = useState(/** @type {Mode} */ ("signin"));
  const [email, setEmail] = useState("");
  const [busy, setBusy] = useState("");
  const [error, setError] = useState("");
  const title = useRef(/** @type {HTMLElement | null} */ (null));

  useEffect(() => {
    if (!embedded) title.current?.focus();
    setError("");
  }, [mode]);

  /** @param {string} who which button is busy @param {() => Promise<unknown>} enter @returns {Promise<boolean>} whether it went well */
  const attempt = async (who, enter) => {
    if (busy) return false;
    setBusy(who);
    setError("");
    try {
      await enter();
      return true;
    } catch (problem) {
      setError(explain(problem));
      return false;
    } finally {
      setBusy("");
    }
  };
  const form = { email, setEmail, busy, attempt, setMode };
  const alert = html`<div role="alert" data-testid="signin-error">${error && html`<${Note} tone="danger">${error}<//>`}</div>`;
  const [heading, intro] = WORDS[mode];

  return html`<main class="signin">
    <section class="signin__art">
      <${Wordmark} />
      <p class="signin__line">Good answers,<br />day and night.</p>
      <p class="signin__sub">Orders, returns, invoices and advice, in one conversation.</p>
    </section>
    <section class="signin__panel">
      <div class="signin__tools">
        <${ThemeToggle} />
        ${embedded && html`<${Button} kind="icon" icon="close" label="Close chat" onClick=${closeWidget} />`}
      </div>
      <div class="signin__inner">
        <h1 tabindex="-1" ref=${title}>${heading}</h1>
        <p class="signin__intro">
          ${joining && mode !== "forgot" ? "What you said as a guest, and your cart, come along." : intro}
        </p>
        ${notice && html`<${Note} role="status">${notice}<//>`}
        ${mode === "signin" && html`<${SignInForm} ...${form} alert=${alert} />`}
        ${mode === "register" && html`<${RegisterForm} ...${form} alert=${alert} />`}
        ${mode === "forgot" && html`<${ForgotForm} ...${form} alert=${alert} />`}
        ${mode === "signin" &&
        html`
          <p class="signin__or"><span>or</span></p>
          ${joining
            ? html`<${Button} kind="quiet" wide icon="back" data-testid="signin-back" onClick=${() => showSignIn(false)}>
                Back to the chat
              <//>`
            : html`<${Button}
                kind="quiet"
                wide
                busy=${busy === "guest"}
                data-testid="signin-guest"
                onClick=${() => attempt("guest", signInAsGuest)}
              >
                Continue as a guest
              <//>`}
          <${DemoCustomers}
            busy=${busy}
            onChoose=${(/** @type {import("../api.js").DemoCustomer} */ person) =>
              attempt(person.customer_id, () => signIn(person.email, person.password))}
          />
        `}
      </div>
    </section>
  </main>`;
}
