// Amounts, days and errors in words.
// @ts-check
import { ApiError } from "./api.js";

/** @param {import("./api.js").Money} money */
export const amount = (money) =>
  new Intl.NumberFormat("en-US", { style: "currency", currency: money.currency }).format(Number(money.amount));

/** @param {string} moment */
const day = (moment) =>
  new Date(moment).toLocaleDateString("en-GB", { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" });

/** @param {string} from @param {string} until */
export const days = (from, until) => (day(from) === day(until) ? day(from) : `${day(from)} – ${day(until)}`);

/** What makes the whole page useless, by the problem's code. @type {Record<string, [string, string]>} */
const ENDS = {
  checkout_expired: ["This link has expired", "Links hold for a day. Ask in the chat for a new one; your cart is still there."],
  checkout_invalid: ["This link is not complete", "Open it from the chat or the message again, or ask for a new one."],
  cart_not_found: ["This cart is no longer there", "It may have been joined with another one. Ask in the chat for a new link."],
  other_cart: ["This is another customer's cart", "You are signed in as somebody else. Sign out in the chat, or ask for a link of your own."],
};

/**
 * @param {unknown} error
 * @returns {[string, string] | null} title and text of the page that is shown instead
 */
export function ending(error) {
  if (!(error instanceof ApiError)) return ["Something went wrong", "Please load this page again."];
  if (error.status === 0 || error.status >= 500) return ["The shop cannot be reached", "Nothing was ordered. Please try again in a moment."];
  return ENDS[String(error.problem.code)] ?? null;
}

/** @param {unknown} error @returns {string} */
export function explain(error) {
  if (!(error instanceof ApiError)) return "Something went wrong. Please try again.";
  if (error.status === 0 || error.status >= 500) {
    return "We got no answer. Press the button again: an order is never placed or paid twice.";
  }
  if (error.status === 402) return `The payment was not taken: ${error.message}. Please choose another way to pay.`;
  if (error.status === 429) return "That was too often. Please wait a minute.";
  return `${error.message.charAt(0).toUpperCase()}${error.message.slice(1)}.`.replace(/\.\.$/, ".");
}

/** The server's names of fields, by the form's. @type {Record<string, RegExp>} */
const FIELDS = {
  email: /(^|\.)email$/,
  name: /(^|\.)name$/,
  recipient: /recipient$/,
  street: /street$/,
  city: /city$/,
  region: /region$/,
  postcode: /postcode$/,
  country: /country$/,
  number: /card\.number$/,
  expiry: /card\.(expiry|month|year)$/,
  cvc: /card\.cvc$/,
  gift: /gift_code$/,
};

/**
 * Which fields of the form an error is about.
 * @param {unknown} error
 * @returns {Record<string, string>}
 */
export function fieldErrors(error) {
  if (!(error instanceof ApiError)) return {};
  const problem = /** @type {any} */ (error.problem);
  /** @type {{field: string, message: string}[]} */
  const told = problem.errors ?? (problem.field ? [{ field: problem.field, message: error.message }] : []);
  /** @type {Record<string, string>} */
  const found = {};
  for (const { field, message } of told) {
    for (const [name, pattern] of Object.entries(FIELDS)) if (pattern.test(field)) found[name] ??= message;
  }
  return found;
}
