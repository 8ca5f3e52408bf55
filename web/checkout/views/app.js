// The page: the form, or what stands in its place: loading, the order that was placed, why the link leads nowhere.
// @ts-check
import { html, useEffect, useState } from "../../design/html.js";
import { ThemeToggle } from "../../chat/views/theme-toggle.js";
import { Star } from "../../design/icons.js";
import * as api from "../api.js";
import { ending } from "../words.js";
import { Done } from "./done.js";
import { Ending } from "./ending.js";
import { Form } from "./form.js";

/** @typedef {import("../api.js").Checkout} Checkout */

/** @param {{token: string}} props the cart's */
export function App({ token }) {
  const [bearer, setBearer] = useState(api.chatToken());
  const [checkout, setCheckout] = useState(/** @type {Checkout | null} */ (null));
  const [receipt, setReceipt] = useState(/** @type {import("../api.js").Receipt | null} */ (null));
  const [end, setEnd] = useState(/** @type {[string, string] | null} */ (null));
  const [round, setRound] = useState(0);

  useEffect(() => {
    let current = true;
    const load = async () => {
      const found = await api.view({ token }, bearer).catch((error) => {
        // a sign-in that has ended must not keep one from the cart
        if (bearer && error.status === 401 && !String(error.problem.code).startsWith("checkout_")) return api.view({ token }, "");
        throw error;
      });
      if (!current) return;
      setEnd(null);
      setCheckout(found);
      setReceipt(found.order);
    };
    load().catch((error) => current && setEnd(ending(error) ?? ["This link leads nowhere", error.message]));
    return () => {
      current = false;
    };
  }, [token, bearer, round]);

  /** @type {unknown} */
  let content = html`<p class="loading" role="status">Loading your cart …</p>`;
  if (end) content = html`<${Ending} title=${end[0]} text=${end[1]} onRetry=${() => setRound(round + 1)} />`;
  else if (receipt) content = html`<${Done} receipt=${receipt} guest=${checkout?.needs_contact ?? false} />`;
  else if (checkout && checkout.lines.length === 0) {
    content = html`<${Ending} title="Your cart is empty" text="Tell us in the chat what you are looking for." />`;
  } else if (checkout) {
    content = html`<${Form}
      key=${checkout.signed_in}
      token=${token}
      bearer=${bearer}
      checkout=${checkout}
      onChange=${setCheckout}
      onSignIn=${setBearer}
      onDone=${setReceipt}
      onEnd=${setEnd}
    />`;
  }
  return html`
    <header class="top">
      <p class="wordmark"><${Star} /><span>${checkout?.shop ?? "Northlight"}</span></p>
      <${ThemeToggle} />
    </header>
    ${content}
  `;
}
