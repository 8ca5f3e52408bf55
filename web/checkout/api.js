// What the checkout asks the server for, and who is signed in.
// @ts-check
import { ApiError } from "../chat/api.js";
import { recall } from "../chat/storage.js";

export { ApiError, login } from "../chat/api.js";

/**
 * @typedef {{amount: string, currency: string}} Money
 * @typedef {{product_id: string, name: string, options: Record<string, string>, quantity: number, unit_price: Money, total: Money,
 *   available: boolean, stock: number, missing_options: string[], image: {url: string, alt: string}}} Line
 * @typedef {{order_id: string, state: string, state_text: string, total: Money, deliver_from: string, deliver_until: string,
 *   items: {name: string, quantity: number, total: Money}[], repeated: boolean}} Receipt
 * @typedef {{address_id: string, label: string, recipient: string, line: string, country: string, is_default: boolean}} Saved
 * @typedef {{id: string, name: string, carrier: string, price: Money, earliest: string, latest: string}} Delivery
 * @typedef {{state: "open" | "ordered", shop: string, order: Receipt | null, lines: Line[], signed_in: boolean,
 *   needs_contact: boolean, addresses: Saved[], country: string, countries: {code: string, name: string}[], delivery: Delivery[],
 *   delivery_method: string, subtotal: Money, shipping: Money, total: Money, payments: {id: string, name: string, note: string}[],
 *   test_cards: {number: string, outcome: string}[]}} Checkout
 */

const TIMEOUT_MS = 20_000;
const MARGIN_MS = 30_000;

/** The access token of the chat in this tab or the one that opened it, as long as it holds; it is not renewed here. */
export function chatToken() {
  const session = recall("closer.session");
  const fits = session?.role === "customer" && session.expires_at - Date.now() > MARGIN_MS;
  return fits ? /** @type {string} */ (session.access_token) : "";
}

/**
 * @param {string} path below /api/v1/checkout
 * @param {object} body
 * @param {string} [token] of the signed-in customer
 * @returns {Promise<any>}
 */
async function post(path, body, token) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json", "Content-Type": "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  /** @type {Response} */
  let response;
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const request = { method: "POST", headers, body: JSON.stringify(body), credentials: "omit", cache: "no-store", signal };
    response = await fetch(`/api/v1/checkout${path}`, /** @type {RequestInit} */ (request));
  } catch {
    throw new ApiError(0);
  }
  const answer = response.status === 204 ? null : await response.json().catch(() => null);
  if (!response.ok) throw new ApiError(response.status, answer ?? {});
  return answer;
}

/** @param {object} body @param {string} token @returns {Promise<Checkout>} */
export const view = (body, token) => post("", body, token);

/** @param {object} body @returns {Promise<null>} */
export const changeLine = (body) => post("/lines", body);

/** @param {object} body @param {string} token @returns {Promise<Receipt>} */
export const order = (body, token) => post("/orders", body, token);

/** A new name for a payment; it stays the same until the server has said yes or no. */
export function paymentKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `web-${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
