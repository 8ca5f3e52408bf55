// The three forms of the sign-in panel. They share the address, so that it is typed once.
// @ts-check
import { html, useState } from "../../design/html.js";
import { Button } from "../../design/components/button.js";
import { Field } from "../../design/components/input.js";
import { Note } from "../../design/components/note.js";
import { forgot, register, sendAgain } from "../api.js";
import { guestToken, signIn } from "../chat.js";

/**
 * @typedef {{email: string, setEmail: (email: string) => void, busy: string, alert: unknown,
 *   setMode: (mode: import("./signin.js").Mode) => void,
 *   attempt: (who: string, enter: () => Promise<unknown>) => Promise<boolean>}} FormProps
 */

/** @param {FormProps & {testid: string}} props */
const EmailField = ({ email, setEmail, testid }) =>
  html`<${Field}
    label="E-mail"
    type="email"
    name="email"
    autocomplete="username"
    inputmode="email"
    required
    value=${email}
    onInput=${(/** @type {any} */ event) => setEmail(event.target.value)}
    data-testid=${testid}
  />`;

/** A password with an eye. @param {{value: string, onInput: (value: string) => void} & Record<string, any>} props */
function PasswordField({ onInput, ...rest }) {
  const [shown, setShown] = useState(false);
  const eye = html`<${Button}
    kind="icon"
    icon=${shown ? "eye-off" : "eye"}
    label=${shown ? "Hide password" : "Show password"}
    onClick=${() => setShown(!shown)}
  />`;
  return html`<${Field}
    label="Password"
    name="password"
    required
    ...${rest}
    type=${shown ? "text" : "password"}
    onInput=${(/** @type {any} */ event) => onInput(event.target.value)}
    inside=${eye}
  />`;
}

/** @param {{onClick: () => void, children?: unknown} & Record<string, any>} props */
const Way = ({ children, ...rest }) => html`<${Button} kind="plain" small ...${rest}>${children}<//>`;

/** @param {FormProps} props */
export function SignInForm(props) {
  const [password, setPassword] = useState("");
  /** @param {Event} event */
  const submit = (event) => {
    event.preventDefault();
    props.attempt("form", () => signIn(props.email.trim(), password));
  };
  return html`<form class="signin__form" onSubmit=${submit}>
    <${EmailField} ...${props} testid="signin-email" />
    <${PasswordField} value=${password} onInput=${setPassword} autocomplete="current-password" data-testid="signin-password" />
    ${props.alert}
    <${Button} type="submit" wide busy=${props.busy === "form"} data-testid="signin-submit">Sign in<//>
    <p class="signin__ways">
      <${Way} data-testid="signin-register" onClick=${() => props.setMode("register")}>Create an account<//>
      <${Way} data-testid="signin-forgot" onClick=${() => props.setMode("forgot")}>Forgot your password?<//>
    </p>
  </form>`;
}

/** @param {FormProps} props */
export function RegisterForm(props) {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [sent, setSent] = useState(false);
  const email = props.email.trim();
  /** @param {Event} event */
  const submit = async (event) => {
    event.preventDefault();
    const enter = async () => register({ name: name.trim(), email, password }, await guestToken());
    if (await props.attempt("form", enter)) setSent(true);
  };
  if (sent) {
    return html`<${Note} tone="success" role="status" data-testid="register-sent">
        We sent a link to ${email}. Open it and enter your password, and your account is ready. It works for 24 hours.
      <//>
      ${props.alert}
      <p class="signin__ways">
        <${Way} busy=${props.busy === "again"} onClick=${() => props.attempt("again", () => sendAgain(email))}>Send it again<//>
        <${Way} onClick=${() => props.setMode("signin")}>To the sign-in<//>
      </p>`;
  }
  return html`<form class="signin__form" onSubmit=${submit}>
    <${Field} label="Name" name="name" autocomplete="name" required maxlength="120" value=${name} data-testid="register-name"
      onInput=${(/** @type {any} */ event) => setName(event.target.value)} />
    <${EmailField} ...${props} testid="register-email" />
    <${PasswordField} value=${password} onInput=${setPassword} autocomplete="new-password" minlength="10" maxlength="128"
      hint="At least 10 characters; a few words are easier to keep in mind than signs." data-testid="register-password" />
    ${props.alert}
    <${Button} type="submit" wide busy=${props.busy === "form"} data-testid="register-submit">Create my account<//>
    <p class="signin__ways"><${Way} onClick=${() => props.setMode("signin")}>I have an account<//></p>
  </form>`;
}

/** @param {FormProps} props */
export function ForgotForm(props) {
  const [sent, setSent] = useState(false);
  /** @param {Event} event */
  const submit = async (event) => {
    event.preventDefault();
    if (await props.attempt("form", () => forgot(props.email.trim()))) setSent(true);
  };
  const back = html`<p class="signin__ways"><${Way} onClick=${() => props.setMode("signin")}>To the sign-in<//></p>`;
  if (sent) {
    return html`<${Note} tone="success" role="status" data-testid="forgot-sent">
        If somebody signs in with ${props.email.trim()}, a link is on its way. It works for 30 minutes.
      <//>
      ${back}`;
  }
  return html`<form class="signin__form" onSubmit=${submit}>
    <${EmailField} ...${props} testid="forgot-email" />
    ${props.alert}
    <${Button} type="submit" wide busy=${props.busy === "form"} data-testid="forgot-submit">Send me a link<//>
    ${back}
  </form>`;
}
