// The session: access and refresh token in sessionStorage, renewed before they expire, one renewal at a time.
// @ts-check
import { ApiError, login, logout, refresh, visitor } from "./api.js";
import { recall, remember } from "./storage.js";

/** @typedef {import("./types.js").Tokens} Tokens */

const KEY = "closer.session";
const MARGIN_MS = 60_000;
const RETRY_MS = 10_000;
const LONGEST_TIMER_MS = 12 * 60 * 60 * 1000;

/** @type {Tokens | null} */
let tokens = recall(KEY);
/** @type {Promise<string> | null} */
let renewal = null;
let timer = 0;
/** @type {{onToken: (token: string) => void, onEnd: (why: string) => void}} */
let listener = { onToken: () => {}, onEnd: () => {} };

/** @param {Tokens | null} next */
function keep(next) {
  tokens = next;
  remember(KEY, next);
  plan();
}

/** Sets the timer for the next renewal: a margin before the end, or halfway for a very short life. @param {number} [delay] */
function plan(delay) {
  clearTimeout(timer);
  if (!tokens) return;
  const left = tokens.expires_at - Date.now();
  const wait = delay ?? Math.max(1000, left - Math.min(MARGIN_MS, left / 2));
  timer = setTimeout(() => renew().catch(() => tokens && plan(RETRY_MS)), Math.min(wait, LONGEST_TIMER_MS));
}

/** @param {Tokens} old @returns {Promise<string>} */
async function exchange(old) {
  try {
    const fresh = await refresh(old.refresh_token);
    if (tokens !== old) throw new ApiError(0); // signed out meanwhile
    keep({ ...fresh, customer: fresh.customer ?? old.customer });
    listener.onToken(fresh.access_token);
    return fresh.access_token;
  } catch (error) {
    if (error instanceof ApiError && error.refused && tokens === old) end("Your session has ended. Please sign in again.");
    throw error;
  }
}

/** Renews the tokens; callers at the same time share one renewal. @returns {Promise<string>} the access token */
export function renew() {
  if (!tokens) return Promise.reject(new ApiError(401));
  renewal ??= exchange(tokens).finally(() => {
    renewal = null;
  });
  return renewal;
}

/** An access token that still holds. @returns {Promise<string>} */
export async function accessToken() {
  if (renewal) return renewal;
  if (!tokens) throw new ApiError(401);
  return tokens.expires_at - Date.now() > 5000 ? tokens.access_token : renew();
}

/** @param {string} why shown on the sign-in panel; empty when the person asked for it */
export function end(why) {
  keep(null);
  listener.onEnd(why);
}

/** Signs out here at once and tells the server, whose answer nobody needs to wait for. */
export function signOut() {
  if (tokens) logout(tokens.access_token).catch(() => {});
  end("");
}

/** @param {string} email @param {string} password @param {string} [guest] @returns {Promise<Tokens>} */
export async function signIn(email, password, guest) {
  const fresh = await login(email, password, guest);
  keep(fresh);
  return fresh;
}

/** @returns {Promise<Tokens>} */
export async function signInAsGuest() {
  const fresh = await visitor();
  keep(fresh);
  return fresh;
}

export const currentSession = () => tokens;

/** @param {typeof listener} next */
export function listenToSession(next) {
  listener = next;
  plan();
  document.addEventListener("visibilitychange", () => {
    // timers sleep in background tabs and on closed laptops
    if (document.visibilityState === "visible" && tokens && tokens.expires_at - Date.now() < MARGIN_MS / 2) {
      renew().catch(() => {});
    }
  });
}
