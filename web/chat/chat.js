// The conversation at work: ties session, socket, REST and state together; views call what is exported here.
// @ts-check
import * as api from "./api.js";
import { mergeEntries, readEntries, readEntry } from "./entries.js";
import { Poller } from "./poller.js";
import * as session from "./session.js";
import { ChatSocket } from "./socket.js";
import { recall, remember } from "./storage.js";
import { choiceKey, get, reset, set } from "./store.js";

/** @typedef {import("./types.js").Entry} Entry */
/** @typedef {import("./types.js").Outgoing} Outgoing */

const OUTBOX = "closer.outbox";
const USED = "closer.used";
const PAGE = 50;
const TYPING_MS = 45_000;
const BLOCKED_AFTER = 3;

/** @type {ChatSocket | null} */
let socket = null;
/** @type {Poller | null} */
let poller = null;
let typingTimer = 0;
let toastId = 0;

/** @param {string} text @param {"info" | "danger"} [tone] */
export const toast = (text, tone = "info") => {
  toastId += 1;
  const item = { id: toastId, text, tone };
  set((now) => ({ toasts: [...now.toasts.slice(-2), item] }));
};

/** @param {number} id */
export const closeToast = (id) => set((now) => ({ toasts: now.toasts.filter((item) => item.id !== id) }));

const lastId = () => get().entries.at(-1)?.id;
const owner = () => get().session?.customer?.customer_id ?? "guest";

/** Changes one outgoing message. @param {string} id @param {Partial<Outgoing>} change */
function mark(id, change) {
  set((now) => ({ outgoing: now.outgoing.map((item) => (item.message_id === id ? { ...item, ...change } : item)) }));
  keepOutbox();
}

/** What is not acknowledged survives a reload. */
function keepOutbox() {
  const unsent = get().outgoing.filter((item) => item.state !== "sent");
  remember(OUTBOX, unsent.length > 0 ? { owner: owner(), unsent } : null);
}

/** @param {boolean} on */
function showTyping(on) {
  clearTimeout(typingTimer);
  if (on !== get().typing) set({ typing: on });
  if (on) typingTimer = setTimeout(() => set({ typing: false }), TYPING_MS);
}

/** The server has it: it stays where it stands, behind the last entry of now. @param {string} id */
function acknowledged(id) {
  const item = get().outgoing.find((message) => message.message_id === id);
  if (item && item.state !== "sent") mark(id, { state: "sent", anchor: lastId() ?? "" });
}

/** @param {Entry[]} fresh @param {boolean} live they came while the person was looking */
function addEntries(fresh, live) {
  if (fresh.length === 0) return;
  for (const entry of fresh) if (entry.message_id && entry.from !== "customer") acknowledged(entry.message_id);
  const known = new Set(get().entries.map((entry) => entry.id));
  const news = fresh.filter((entry) => !known.has(entry.id));
  const shown = new Set(fresh.filter((entry) => entry.from === "customer").map((entry) => entry.message_id));
  for (const id of shown) if (id) socket?.forget(id);
  const answered = news.some((entry) => entry.from === "assistant" || entry.from === "agent");
  set((now) => ({
    entries: mergeEntries(now.entries, fresh),
    outgoing: now.outgoing.filter((item) => !shown.has(item.message_id)),
    live: live ? new Set([...now.live, ...news.map((entry) => entry.id)]) : now.live,
    delayed: answered ? new Set() : now.delayed,
  }));
  keepOutbox();
}

/** The first page decides whether there is more to load; later ones only add. @param {Entry[]} entries */
function firstHistory(entries) {
  const first = !get().ready;
  addEntries(entries, !first);
  if (first) set({ ready: true, history: { loading: false, cursor: null, complete: entries.length < PAGE } });
}

/** @type {import("./socket.js").Listener} */
const listener = {
  link(state, retryAt) {
    const now = get().link;
    const polling = poller?.working && state !== "online";
    const next = polling ? "polling" : state;
    const away = next !== "online" && next !== "polling";
    const wasAway = now.state !== "online" && now.state !== "polling";
    set({ link: { state: next, retryAt, since: away && wasAway ? now.since : Date.now() } });
    if (state === "online") poller?.stop();
    else if (state === "waiting" && (socket?.failures ?? 0) >= BLOCKED_AFTER) poller?.start();
  },
  welcome(history, frame) {
    const { session: tokens } = get();
    if (frame.customer && tokens) set({ session: { ...tokens, customer: frame.customer } });
    firstHistory(readEntries(history));
  },
  entry(raw) {
    const entry = readEntry(raw);
    if (entry) addEntries([entry], true);
  },
  typing: showTyping,
  ack: acknowledged,
  delayed(id) {
    acknowledged(id);
    set((now) => ({ delayed: new Set([...now.delayed, id]) }));
  },
  refused(id, problem) {
    const reason = problem.detail || problem.title || "The shop could not take this message.";
    if (id) mark(id, { state: "failed", reason });
    else if (problem.status !== 401) toast(reason, "danger");
  },
  ended: (why) => session.end(why),
};

function closeLines() {
  socket?.stop();
  poller?.stop();
  socket = poller = null;
}

/** Starts the conversation of the person who is signed in. @param {import("./types.js").Tokens} tokens */
function open(tokens) {
  reset({ session: tokens, used: recall(USED) ?? [] });
  const saved = recall(OUTBOX);
  const unsent = saved?.owner === owner() ? /** @type {Outgoing[]} */ (saved.unsent) : [];
  set({ outgoing: unsent.map((item) => ({ ...item, anchor: null })) });
  keepOutbox();
  poller = new Poller({
    history: async () => firstHistory(readEntries((await api.history(await session.accessToken())).items)),
    unsent: () => get().outgoing.filter((item) => item.state === "sending"),
    post: postOne,
    change: (working) => {
      set({ link: { state: working ? "polling" : "waiting", retryAt: null, since: Date.now() } });
      if (working) socket?.retryNow();
    },
  });
  socket = new ChatSocket({ on: listener, token: session.accessToken, renew: session.renew, after: lastId });
  for (const item of unsent) if (item.state === "sending") socket.send(wire(item));
  socket.start();
}

/** @param {Outgoing} item @returns {import("./types.js").Message} */
const wire = ({ message_id, text, payload }) => (payload ? { message_id, text, payload } : { message_id, text });

/** Sends one message by REST. @param {Outgoing} item */
async function postOne(item) {
  try {
    const turn = await api.postMessage(await session.accessToken(), wire(item));
    socket?.forget(item.message_id);
    acknowledged(item.message_id);
    addEntries(readEntries(turn?.replies), true);
  } catch (error) {
    if (!(error instanceof api.ApiError) || !error.refused || error.status === 401) throw error;
    socket?.forget(item.message_id);
    listener.refused(item.message_id, { detail: error.message });
  }
}

/** @param {string} text @param {string} [payload] of the button that was pressed */
export function send(text, payload) {
  const message_id = crypto.randomUUID?.() ?? fallbackId();
  /** @type {Outgoing} */
  const item = { message_id, text, payload, at: new Date().toISOString(), state: "sending", anchor: null };
  set((now) => ({ outgoing: [...now.outgoing, item] }));
  keepOutbox();
  socket?.send(wire(item));
}

/** A version 4 UUID where randomUUID is missing (plain http on another host than localhost). */
function fallbackId() {
  const hex = [...crypto.getRandomValues(new Uint8Array(16))].map((byte, index) => {
    const fixed = index === 6 ? (byte & 0x0f) | 0x40 : index === 8 ? (byte & 0x3f) | 0x80 : byte;
    return fixed.toString(16).padStart(2, "0");
  });
  return hex.join("").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** @param {string} entryId @param {import("./types.js").Choice} choice */
export function press(entryId, choice) {
  set((now) => ({ used: [...now.used.slice(-200), choiceKey(entryId, choice)] }));
  remember(USED, get().used);
  send(choice.title, choice.payload || undefined);
}

/** Tries a failed message once more, under the same id: the server takes it once at most. @param {string} id */
export function retry(id) {
  mark(id, { state: "sending", reason: undefined, at: new Date().toISOString(), anchor: null });
  const item = get().outgoing.find((message) => message.message_id === id);
  if (item) socket?.send(wire(item));
}

/** @param {string} id */
export function discard(id) {
  socket?.forget(id);
  set((now) => ({ outgoing: now.outgoing.filter((item) => item.message_id !== id) }));
  keepOutbox();
}

/** Loads an older page; pages that hold nothing new (the first overlaps the welcome) are passed over. */
export async function loadEarlier() {
  const { history, ready, entries } = get();
  if (!ready || history.loading || history.complete) return;
  set({ history: { ...history, loading: true } });
  const oldest = entries[0]?.id;
  let cursor = history.cursor;
  try {
    for (;;) {
      const page = await api.history(await session.accessToken(), cursor, PAGE);
      addEntries(readEntries(page.items), false);
      cursor = page.next_cursor ?? null;
      if (!cursor || get().entries[0]?.id !== oldest) break;
    }
    set({ history: { loading: false, cursor, complete: !cursor } });
  } catch {
    set({ history: { ...history, loading: false } });
    toast("Earlier messages could not be loaded.", "danger");
  }
}

export const reconnect = () => socket?.retryNow();

/** The token of the guest who is here, whose conversation and cart go along; none for anybody else. */
export async function guestToken() {
  const now = session.currentSession();
  return now && !now.customer ? session.accessToken().catch(() => "") : "";
}

/** Shows the sign-in panel to a guest, or the conversation again. @param {boolean} joining */
export const showSignIn = (joining) => set({ joining });

/** Signs in; a guest's line is closed meanwhile, since the server ends it as soon as the guest is somebody. @param {string} email @param {string} password */
export async function signIn(email, password) {
  const guest = await guestToken();
  closeLines();
  try {
    open(await session.signIn(email, password, guest));
  } catch (error) {
    const still = session.currentSession();
    if (still) {
      open(still);
      set({ joining: true });
    }
    throw error;
  }
}
export const signInAsGuest = async () => open(await session.signInAsGuest());

/** Signs out and forgets everything of this conversation in this tab. */
export function signOut() {
  session.signOut();
  remember(OUTBOX, null);
}

/** Called once: takes up the session of before a reload, if there is one. */
export function begin() {
  session.listenToSession({
    onToken: (token) => socket?.sendToken(token),
    onEnd: (why) => {
      closeLines();
      clearTimeout(typingTimer);
      remember(USED, null);
      if (owner() === "guest") remember(OUTBOX, null);
      reset({ notice: why });
    },
  });
  const tokens = session.currentSession();
  if (tokens) open(tokens);
}
