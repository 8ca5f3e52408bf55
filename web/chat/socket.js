// The WebSocket half of the protocol: hello, messages until their ack, pings, renewed tokens, reconnection.
// @ts-check
import { backoff } from "./backoff.js";

/** @typedef {import("./types.js").Message} Message */
/** @typedef {import("./types.js").Problem} Problem */

const PING_MS = 25_000;
const SILENCE_MS = 10_000;
const WELCOME_MS = 10_000;
const ACK_MS = 12_000;
const MOST_TRIES = 5;
const STABLE_MS = 5000;
const CLOSE = { dead: 4000, badToken: 4401, forbidden: 4403, tooFast: 4429 };

/**
 * @typedef {object} Listener what the socket tells
 * @property {(state: "connecting" | "online" | "waiting" | "offline", retryAt: number | null) => void} link
 * @property {(history: unknown[], frame: any) => void} welcome
 * @property {(entry: unknown) => void} entry
 * @property {(on: boolean) => void} typing
 * @property {(messageId: string) => void} ack
 * @property {(messageId: string) => void} delayed
 * @property {(messageId: string | null, problem: Partial<Problem>) => void} refused
 * @property {(why: string) => void} ended the server will not have us
 */

/** @typedef {{message: Message, sentAt: number, tries: number, notBefore: number}} Unacked */

export class ChatSocket {
  /** @type {WebSocket | null} */ #ws = null;
  /** @type {Map<string, Unacked>} */ #unacked = new Map();
  #running = false;
  #welcome = false;
  #welcomeAt = 0;
  #heardAt = 0;
  #attempt = 0;
  #badTokens = 0;
  #retryAfterMs = 0;
  #retryTimer = 0;
  #welcomeTimer = 0;
  #pulse = 0;
  #pingedAt = 0;
  #tellsOf;
  #token;
  #renew;
  #after;

  /**
   * @param {{on: Listener, token: () => Promise<string>, renew: () => Promise<string>, after: () => string | undefined}} options
   *   token: one that holds; renew: a new one for sure; after: id of the last entry seen
   */
  constructor({ on, token, renew, after }) {
    this.#tellsOf = on;
    this.#token = token;
    this.#renew = renew;
    this.#after = after;
  }

  /** Attempts in a row that did not end in a welcome. */
  get failures() {
    return this.#attempt;
  }

  start() {
    this.#running = true;
    addEventListener("online", this.retryNow);
    addEventListener("offline", this.#checkLink);
    document.addEventListener("visibilitychange", this.#checkLink);
    this.#connect();
  }

  stop() {
    this.#running = false;
    removeEventListener("online", this.retryNow);
    removeEventListener("offline", this.#checkLink);
    document.removeEventListener("visibilitychange", this.#checkLink);
    clearTimeout(this.#retryTimer);
    this.#unacked.clear();
    this.#letGo();
  }

  /** Sends now or as soon as we are connected, again after each reconnect, until acknowledged. @param {Message} message */
  send(message) {
    const item = { message, sentAt: 0, tries: 0, notBefore: 0 };
    this.#unacked.set(message.message_id, item);
    this.#transmit(item);
  }

  /** Stops sending a message again. @param {string} messageId */
  forget(messageId) {
    this.#unacked.delete(messageId);
  }

  /** Hands a renewed token to the running connection. @param {string} token */
  sendToken(token) {
    if (this.#welcome) this.#put({ type: "token", token });
  }

  retryNow = () => {
    if (this.#running && !this.#ws) this.#connect();
  };

  async #connect(freshToken = false) {
    clearTimeout(this.#retryTimer);
    this.#letGo();
    this.#tellsOf.link("connecting", null);
    const url = new URL("/api/v1/chat/socket", location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    const ws = new WebSocket(url);
    this.#ws = ws;
    const token = freshToken ? this.#renew() : this.#token();
    ws.onopen = async () => {
      const known = await token.catch(() => null);
      if (ws !== this.#ws) return;
      if (known === null) this.#closed(CLOSE.dead);
      else this.#put({ type: "hello", token: known, after: this.#after() });
    };
    ws.onmessage = (event) => ws === this.#ws && this.#receive(event.data);
    ws.onclose = (event) => ws === this.#ws && this.#closed(event.code);
    token.catch(() => {}); // reported by onopen
    this.#welcomeTimer = setTimeout(() => this.#closed(CLOSE.dead), WELCOME_MS);
  }

  /** Forgets the connection, whatever its state; nothing of it is heard any more. */
  #letGo() {
    clearTimeout(this.#welcomeTimer);
    clearInterval(this.#pulse);
    this.#welcome = false;
    const ws = this.#ws;
    this.#ws = null;
    if (!ws) return;
    ws.onopen = ws.onmessage = ws.onclose = null;
    ws.close(CLOSE.dead);
  }

  /** @param {number} code */
  #closed(code) {
    if (this.#welcome && Date.now() - this.#welcomeAt > STABLE_MS) this.#attempt = 0;
    this.#letGo();
    this.#tellsOf.typing(false);
    if (!this.#running) return;
    if (code === CLOSE.forbidden) return this.#tellsOf.ended("This conversation is not open to you. Please sign in again.");
    if (code === CLOSE.badToken) {
      this.#badTokens += 1;
      if (this.#badTokens > 2) return this.#tellsOf.ended("Your session has ended. Please sign in again.");
    }
    const wait = Math.max(backoff(this.#attempt), code === CLOSE.tooFast ? this.#retryAfterMs || 5000 : 0);
    this.#attempt += 1;
    this.#tellsOf.link(navigator.onLine ? "waiting" : "offline", Date.now() + wait);
    this.#retryTimer = setTimeout(() => this.#connect(code === CLOSE.badToken), wait);
  }

  /** @param {object} frame */
  #put(frame) {
    if (this.#ws?.readyState === WebSocket.OPEN) this.#ws.send(JSON.stringify(frame));
  }

  /** @param {Unacked} item */
  #transmit(item) {
    if (!this.#welcome || Date.now() < item.notBefore) return;
    item.sentAt = Date.now();
    item.tries += 1;
    this.#put({ type: "message", ...item.message });
  }

  /** @param {string} data */
  #receive(data) {
    this.#heardAt = Date.now();
    /** @type {any} */
    let frame;
    try {
      frame = JSON.parse(data);
    } catch {
      return;
    }
    const tell = this.#tellsOf;
    if (frame.type === "welcome") this.#welcomed(frame);
    else if (frame.type === "entry") tell.entry(frame.entry);
    else if (frame.type === "typing") tell.typing(frame.on === true);
    else if (frame.type === "delayed") tell.delayed(frame.message_id);
    else if (frame.type === "error") this.#refused(frame);
    else if (frame.type === "ack") {
      this.#unacked.delete(frame.message_id);
      tell.ack(frame.message_id);
    }
  }

  /** @param {any} frame */
  #welcomed(frame) {
    clearTimeout(this.#welcomeTimer);
    this.#welcome = true;
    this.#welcomeAt = Date.now();
    this.#badTokens = 0;
    this.#retryAfterMs = 0;
    this.#pingedAt = 0;
    this.#pulse = setInterval(() => this.#beat(), 1000);
    this.#tellsOf.welcome(Array.isArray(frame.history) ? frame.history : [], frame);
    this.#tellsOf.link("online", null);
    for (const item of this.#unacked.values()) this.#transmit(item);
  }

  /** @param {any} frame */
  #refused({ message_id: id, problem = {} }) {
    if (typeof problem.retry_after === "number") this.#retryAfterMs = problem.retry_after * 1000;
    const item = this.#unacked.get(id);
    if (problem.status === 429 && item) {
      item.sentAt = 0;
      item.notBefore = Date.now() + (this.#retryAfterMs || 2000);
      return;
    }
    if (problem.status === 401 && item) return; // the socket closes with 4401: sent again with a new token
    if (item) this.#unacked.delete(id);
    this.#tellsOf.refused(id ?? null, problem);
  }

  /** Once a second: what was held back is sent, what is never acknowledged is given up, a silent connection is dropped. */
  #beat() {
    const now = Date.now();
    for (const [id, item] of this.#unacked) {
      if (item.sentAt === 0) this.#transmit(item);
      else if (now - item.sentAt > ACK_MS) {
        if (item.tries < MOST_TRIES) return this.#closed(CLOSE.dead);
        this.#unacked.delete(id);
        this.#tellsOf.refused(id, { detail: "The shop did not confirm this message." });
      }
    }
    if (this.#pingedAt > this.#heardAt) {
      if (now - this.#pingedAt > SILENCE_MS) this.#closed(CLOSE.dead);
    } else if (now - Math.max(this.#pingedAt, this.#welcomeAt) >= PING_MS) this.#ping();
  }

  #ping() {
    this.#pingedAt = Date.now();
    this.#put({ type: "ping" });
  }

  /** The page comes back to the front, or the network goes: find out at once instead of at the next ping. */
  #checkLink = () => {
    if (document.visibilityState !== "visible" || !this.#running) return;
    if (this.#welcome) this.#ping();
    else this.retryNow();
  };
}
