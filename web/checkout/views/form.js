// The form and the summary beside it; prices follow country and way of delivery, and are checked again on ordering.
// @ts-check
import { html, useEffect, useRef, useState } from "../../design/html.js";
import { Button } from "../../design/components/button.js";
import { Note } from "../../design/components/note.js";
import * as api from "../api.js";
import { destination, emptyForm, missing, orderBody } from "../form.js";
import { amount, ending, explain, fieldErrors } from "../words.js";
import { Address } from "./address.js";
import { Contact } from "./contact.js";
import { Delivery } from "./delivery.js";
import { Payment } from "./payment.js";
import { Summary } from "./summary.js";

/** @typedef {import("../form.js").Form} FormValues */

/**
 * @typedef {{checkout: import("../api.js").Checkout, form: FormValues, errors: Record<string, string>,
 *   set: (change: Partial<FormValues>) => void}} Part what every part of the form gets
 */

/**
 * @param {{token: string, bearer: string, checkout: import("../api.js").Checkout, onChange: (next: any) => void,
 *   onSignIn: (bearer: string) => void, onDone: (receipt: any) => void, onEnd: (end: [string, string]) => void}} props
 */
export function Form({ token, bearer, checkout, onChange, onSignIn, onDone, onEnd }) {
  const [form, setForm] = useState(emptyForm(checkout));
  const [errors, setErrors] = useState(/** @type {Record<string, string>} */ ({}));
  const [alert, setAlert] = useState("");
  const [busy, setBusy] = useState(false);
  const latest = useRef(0);
  const root = useRef(/** @type {HTMLFormElement | null} */ (null));
  const country = destination(checkout, form);
  const signedIn = checkout.signed_in ? bearer : "";

  /** @param {Partial<FormValues>} change */
  const set = (change) => {
    setForm((/** @type {FormValues} */ now) => ({ ...now, ...change }));
    setErrors((/** @type {Record<string, string>} */ now) => {
      const kept = Object.entries(now).filter(([name]) => !(name in change));
      return Object.fromEntries(kept);
    });
  };

  /** Asks for today's prices; of several answers the last question's counts. */
  const reload = async () => {
    latest.current += 1;
    const mine = latest.current;
    const next = await api.view({ token, country, delivery_method: form.delivery }, signedIn);
    if (mine !== latest.current) return;
    if (next.order) onDone(next.order);
    else onChange(next);
    if (next.delivery_method !== form.delivery) set({ delivery: next.delivery_method });
  };

  /** @param {unknown} error */
  const fail = (error) => {
    const code = error instanceof api.ApiError ? String(error.problem.code) : "";
    const end = ending(error);
    if (end && error instanceof api.ApiError && error.refused) return onEnd(end);
    setErrors(fieldErrors(error));
    setAlert(explain(error));
    if (code === "out_of_stock" || code === "price_changed") reload().catch(() => {});
    return undefined;
  };

  useEffect(() => {
    if (country !== checkout.country || form.delivery !== checkout.delivery_method) reload().catch(fail);
  }, [country, form.delivery]);

  /** @param {Record<string, string>} found */
  const show = (found) => {
    setErrors(found);
    setAlert("Please look at the marked fields.");
    requestAnimationFrame(() => /** @type {HTMLElement | null} */ (root.current?.querySelector("[aria-invalid]"))?.focus());
  };

  /** @param {Event} event */
  const submit = async (event) => {
    event.preventDefault();
    if (busy) return;
    const gaps = missing(checkout, form);
    if (Object.keys(gaps).length > 0) {
      show(gaps);
      return;
    }
    setBusy(true);
    setAlert("");
    try {
      onDone(await api.order(orderBody(token, checkout, form), signedIn));
    } catch (error) {
      // after a clear no the next try is another payment; after silence it is the same one
      if (error instanceof api.ApiError && error.refused) set({ key: api.paymentKey() });
      fail(error);
    }
    setBusy(false);
  };

  /** @param {import("../api.js").Line} line @param {number} quantity */
  const changeLine = async (line, quantity) => {
    setAlert("");
    try {
      await api.changeLine({ token, product_id: line.product_id, options: line.options, quantity });
      await reload();
    } catch (error) {
      fail(error);
    }
  };

  const part = { checkout, form, errors, set };
  const sold = checkout.lines.some((line) => !line.available || line.missing_options.length > 0);
  return html`<main class="checkout">
    <h1>Checkout</h1>
    <${Summary} checkout=${checkout} onQuantity=${changeLine} />
    <form class="checkout__form" novalidate ref=${root} onSubmit=${submit} aria-label="Order" data-testid="checkout-form">
      ${checkout.signed_in ? null : html`<${Contact} ...${part} onSignIn=${onSignIn} />`}
      <${Address} ...${part} />
      <${Delivery} ...${part} />
      <${Payment} ...${part} />
      <div role="alert" data-testid="checkout-alert">${alert && html`<${Note} tone="danger">${alert}<//>`}</div>
      <${Button} type="submit" icon="lock" wide busy=${busy} disabled=${sold} data-testid="place-order">
        Place the order · ${amount(checkout.total)}
      <//>
      <p class="checkout__small">You pay when you press the button. Within two hours of ordering you can cancel free of charge: just say so in the chat.</p>
    </form>
  </main>`;
}
