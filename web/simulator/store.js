// The page's state, and every action that a view can call.
// @ts-check
import { useEffect, useState } from "../design/html.js";
import { ask, listen } from "./api.js";
import { hush, speak } from "./speech.js";

/** @typedef {{name: string, number: string, mail: string}} Person */
/**
 * @typedef {object} Message
 * @property {string} id
 * @property {"sms" | "email"} channel
 * @property {string} address
 * @property {string} subject
 * @property {string} text
 * @property {string} at
 * @property {boolean} incoming the person wrote it
 * @property {string} state
 * @property {string[]} media
 * @property {Record<string, string>} headers
 * @property {boolean} has_html
 * @property {string[]} files
 */
/** @typedef {{sid: string, number: string, state: string, said: {who: string, text: string, language: string}[], listens_to: string[], dials: string}} Call */

const REMEMBERED = "closer.simulator.person";
/** What Twilio puts where a caller shows no number: "anonymous" on a keypad. */
const NO_NUMBER = "+266696687";

export const state = {
  ready: false,
  online: true,
  tab: "texts",
  /** @type {any} */ info: null,
  /** @type {Person} */ person: { name: "", number: "", mail: "" },
  /** @type {Map<string, Message>} */ messages: new Map(),
  /** @type {Call | null} */ call: null,
  /** @type {{id: number, text: string, tone: "danger" | "info"}[]} */ toasts: [],
  dialled: "",
  aloud: false,
};

/** @type {Set<() => void>} */
const watchers = new Set();
let toasts = 0;

/** @param {Partial<typeof state>} change */
export function set(change) {
  Object.assign(state, change);
  for (const watcher of watchers) watcher();
}

/** Draws a view again whenever the state changes. */
export function useStore() {
  const [, again] = useState(0);
  useEffect(() => {
    const watcher = () => again((count) => count + 1);
    watchers.add(watcher);
    return () => void watchers.delete(watcher);
  }, []);
  return state;
}

export async function begin() {
  await attempt(async () => {
    const info = await ask("GET", "state");
    set({ info, ready: true });
    await choose(remembered() ?? info.people[0] ?? { name: "Ann Example", number: "+12025550142", mail: "ann@example.org" });
  });
  listen({ onMessage: take, onCall: follow, onState: (online) => reconnected(online) });
}

/** @param {Person} person */
export async function choose(person) {
  sessionStorage.setItem(REMEMBERED, JSON.stringify(person));
  set({ person, messages: new Map(), call: null, dialled: "" });
  hush();
  await attempt(load);
}

/** @param {{text: string, whatsapp: boolean, files: File[]}} text */
export const write = ({ text, whatsapp, files }) =>
  attempt(async () => {
    const media = [];
    for (const file of files) media.push((await ask("POST", "media", file)).id);
    take(await ask("POST", "texts", { number: state.person.number, text, whatsapp, media }));
    set({ info: { ...state.info, blocked: (await ask("GET", "state")).blocked } });
  });

/** @param {{subject: string, text: string, reply_to: string | null, files: File[]}} letter */
export const mail = (letter) =>
  attempt(async () => {
    const files = await Promise.all(letter.files.map(inBase64));
    const { name, mail: address } = state.person;
    take(await ask("POST", "mails", { ...letter, name, address, files }));
  });

/** @param {string} id @param {"open" | "spamreport" | "unsubscribe"} event */
export const act = (id, event) => attempt(() => ask("POST", `mails/${id}/events`, { event }));

/** @param {boolean} hidden without showing the number */
export const dial = (hidden) =>
  attempt(async () => {
    const dialled = hidden ? NO_NUMBER : state.person.number;
    set({ call: null, dialled });
    const call = await ask("POST", "calls", { number: dialled });
    if (!state.call) follow(call);
  });

/** @param {{speech?: string, digits?: string, confidence?: number}} heard */
export const answer = (heard) => {
  hush();
  return attempt(() => ask("POST", `calls/${state.call?.sid}/heard`, heard));
};

/** @param {boolean} answers */
export const colleague = (answers) => attempt(() => ask("POST", `calls/${state.call?.sid}/colleague`, { answers }));

export const hangUp = () => {
  hush();
  return attempt(() => ask("POST", `calls/${state.call?.sid}/hang-up`));
};

/** @param {"twilio" | "sendgrid"} vendor @param {string} mood */
export const setMood = (vendor, mood) =>
  attempt(async () => set({ info: { ...state.info, moods: await ask("PUT", `moods/${vendor}`, { mood }) } }));

/** @param {number} id */
export const dismiss = (id) => set({ toasts: state.toasts.filter((toast) => toast.id !== id) });

/** @param {() => Promise<any>} work */
async function attempt(work) {
  try {
    await work();
    return true;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    set({ toasts: [...state.toasts, { id: ++toasts, text, tone: "danger" }] });
    return false;
  }
}

async function load() {
  const { number, mail: address } = state.person;
  const found = await ask("GET", `messages?${new URLSearchParams({ number, mail: address })}`);
  for (const message of found) take(message);
}

/** @param {boolean} online */
function reconnected(online) {
  const back = online && !state.online;
  set({ online });
  if (back) void attempt(load);
}

/** @param {Message} message */
function take(message) {
  const mine = [state.person.number, `whatsapp:${state.person.number}`, state.person.mail.toLowerCase()];
  if (!mine.includes(message.address.toLowerCase())) return;
  set({ messages: new Map(state.messages).set(message.id, message) });
}

/** @param {Call} call */
function follow(call) {
  const ours = state.call ? state.call.sid === call.sid : state.dialled === call.number && call.state !== "ended";
  if (!ours) return;
  const before = state.call?.said.length ?? 0;
  set({ call });
  if (!state.aloud) return;
  for (const line of call.said.slice(before)) {
    if (line.who === "assistant" || line.who === "colleague") speak(line.text, line.language);
  }
}

/** @returns {Person | null} */
function remembered() {
  try {
    return JSON.parse(sessionStorage.getItem(REMEMBERED) ?? "null");
  } catch {
    return null;
  }
}

/** @param {File} file */
async function inBase64(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return { name: file.name, type: (file.type || "application/octet-stream").toLowerCase(), content: btoa(text) };
}
