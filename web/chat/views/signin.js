// Sign-in panel: e-mail and password, guest, and in the demo shop its customers.
// @ts-check
import { html, useEffect, useRef, useState } from "../../design/html.js";
import { Button } from "../../design/components/button.js";
import { Field } from "../../design/components/input.js";
import { Icon } from "../../design/icons.js";
import { ApiError } from "../api.js";
import { signIn, signInAsGuest } from "../chat.js";
import { closeWidget, embedded } from "../embed.js";
import { useChat } from "../store.js";
import { Wordmark } from "./aside.js";
import { DemoCustomers } from "./demo-customers.js";
import { ThemeToggle } from "./theme-toggle.js";

/** @param {unknown} error */
function explain(error) {
  if (!(error instanceof ApiError)) return "Something went wrong. Please try again.";
  if (error.status === 0) return "The shop cannot be reached. Check your connection and try again.";
  if (error.status === 401) return "E-mail or password is not right.";
  return error.message;
}

export function SignIn() {
  const notice = useChat((state) => state.notice);
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [shown, setShown] = useState(false);
  const [busy, setBusy] = useState("");
  const [error, setError] = useState("");
  const title = useRef(/** @type {HTMLElement | null} */ (null));

  useEffect(() => {
    if (!embedded) title.current?.focus();
  }, []);

  /** @param {string} who which button is busy @param {() => Promise<void>} enter */
  const attempt = async (who, enter) => {
    if (busy) return;
    setBusy(who);
    setError("");
    try {
      await enter();
    } catch (problem) {
      setError(explain(problem));
      setBusy("");
    }
  };
  /** @param {Event} event */
  const submit = (event) => {
    event.preventDefault();
    attempt("form", () => signIn(email.trim(), password));
  };
  const eye = html`<${Button}
    kind="icon"
    icon=${shown ? "eye-off" : "eye"}
    label=${shown ? "Hide password" : "Show password"}
    onClick=${() => setShown(!shown)}
  />`;

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
        <h1 tabindex="-1" ref=${title}>How can we help?</h1>
        <p class="signin__intro">Sign in so that we can see your orders, or ask a question as a guest.</p>
        ${notice && html`<p class="note" role="status"><${Icon} name="info" />${notice}</p>`}
        <form class="signin__form" onSubmit=${submit}>
          <${Field}
            label="E-mail"
            type="email"
            name="email"
            autocomplete="username"
            inputmode="email"
            required
            value=${email}
            onInput=${(/** @type {any} */ event) => setEmail(event.target.value)}
            data-testid="signin-email"
          />
          <${Field}
            label="Password"
            type=${shown ? "text" : "password"}
            name="password"
            autocomplete="current-password"
            required
            value=${password}
            onInput=${(/** @type {any} */ event) => setPassword(event.target.value)}
            inside=${eye}
            data-testid="signin-password"
          />
          <div role="alert" data-testid="signin-error">
            ${error && html`<p class="note note--danger"><${Icon} name="alert" />${error}</p>`}
          </div>
          <${Button} type="submit" wide busy=${busy === "form"} data-testid="signin-submit">Sign in<//>
        </form>
        <p class="signin__or"><span>or</span></p>
        <${Button}
          kind="quiet"
          wide
          busy=${busy === "guest"}
          data-testid="signin-guest"
          onClick=${() => attempt("guest", signInAsGuest)}
        >
          Continue as a guest
        <//>
        <${DemoCustomers}
          busy=${busy}
          onChoose=${(/** @type {import("../api.js").DemoCustomer} */ person) =>
            attempt(person.customer_id, () => signIn(person.email, person.password))}
        />
      </div>
    </section>
  </main>`;
}
