// The form's values: how they begin, what is missing, and what is sent.
// @ts-check
import { paymentKey } from "./api.js";

/** @typedef {import("./api.js").Checkout} Checkout */
/**
 * @typedef {{email: string, name: string, address: string, keep: boolean, recipient: string, street: string, city: string,
 *   region: string, postcode: string, country: string, delivery: string, payment: string, number: string, expiry: string, cvc: string,
 *   gift: string, key: string}} Form
 */

export const NEW_ADDRESS = "new";

/** @param {Checkout} checkout @returns {Form} */
export function emptyForm(checkout) {
  return {
    email: "",
    name: "",
    address: checkout.addresses[0]?.address_id ?? NEW_ADDRESS,
    keep: true,
    recipient: "",
    street: "",
    city: "",
    region: "",
    postcode: "",
    country: checkout.country,
    delivery: checkout.delivery_method,
    payment: checkout.payments[0].id,
    number: "",
    expiry: "",
    cvc: "",
    gift: "",
    key: paymentKey(),
  };
}

/** The country that the order goes to. @param {Checkout} checkout @param {Form} form */
export const destination = (checkout, form) =>
  checkout.addresses.find((saved) => saved.address_id === form.address)?.country ?? form.country;

/** Digits in groups as they stand on the card. @param {string} text */
export function groupDigits(text) {
  const digits = text.replace(/\D/g, "").slice(0, 19);
  const amex = /^3[47]/.test(digits);
  return (amex ? digits.replace(/^(\d{4})(\d{1,6})?(\d*)$/, "$1 $2 $3") : digits.replace(/(\d{4})(?=\d)/g, "$1 ")).trim();
}

/** @param {string} text */
export function groupExpiry(text) {
  const digits = text.replace(/\D/g, "").slice(0, 4);
  return digits.length > 2 ? `${digits.slice(0, 2)} / ${digits.slice(2)}` : digits;
}

/**
 * What must still be filled in; the server checks the rest.
 * @param {Checkout} checkout @param {Form} form
 * @returns {Record<string, string>}
 */
export function missing(checkout, form) {
  /** @type {Record<string, string>} */
  const found = {};
  /** @param {keyof Form} name @param {string} what */
  const need = (name, what) => {
    if (!String(form[name]).trim()) found[name] = what;
  };
  if (checkout.needs_contact) {
    if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(form.email.trim())) found.email = "Please give an e-mail address like name@example.org.";
    need("name", "Please tell us your name.");
  }
  if (form.address === NEW_ADDRESS) {
    need("street", "Please give street and number.");
    need("city", "Please give the city.");
    if (!checkout.needs_contact && !checkout.signed_in) need("recipient", "Please say whom it is for.");
  }
  if (form.payment === "card") {
    if (form.number.replace(/\D/g, "").length < 12) found.number = "Please give the card number.";
    if (!/^\d\d \/ \d\d$/.test(form.expiry)) found.expiry = "Month and year, please: 04 / 29.";
    if (!/^\d{3,4}$/.test(form.cvc)) found.cvc = "3 or 4 digits.";
  }
  if (form.payment === "gift_card") need("gift", "Please give the code on the card.");
  return found;
}

/** @param {string} token @param {Checkout} checkout @param {Form} form */
export function orderBody(token, checkout, form) {
  const [month, year] = form.expiry.split("/").map((part) => Number(part.trim()));
  const typed = form.address === NEW_ADDRESS;
  const text = (/** @type {string} */ value) => value.trim() || null;
  return {
    token,
    idempotency_key: form.key,
    expected_total: checkout.total.amount,
    delivery_method: form.delivery,
    address_id: typed ? null : form.address,
    address: typed
      ? {
          recipient: text(form.recipient),
          street: form.street.trim(),
          city: form.city.trim(),
          region: text(form.region),
          postcode: text(form.postcode),
          country: form.country,
        }
      : null,
    keep_address: typed && checkout.signed_in && form.keep,
    contact: checkout.needs_contact ? { name: form.name.trim(), email: form.email.trim() } : null,
    payment: {
      method: form.payment,
      card: form.payment === "card" ? { number: form.number, month, year: 2000 + year, cvc: form.cvc } : null,
      gift_code: form.payment === "gift_card" ? form.gift.trim() : null,
    },
  };
}
