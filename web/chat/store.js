// The page's state: one object, replaced on each change, and the hook by which views read it.
// @ts-check
import { useEffect, useState } from "../design/html.js";

/** @typedef {import("./types.js").ChatState} ChatState */

/** @returns {ChatState} */
const empty = () => ({
  session: null,
  notice: "",
  joining: false,
  link: { state: "connecting", retryAt: null, since: Date.now() },
  ready: false,
  entries: [],
  outgoing: [],
  live: new Set(),
  delayed: new Set(),
  typing: false,
  history: { loading: false, cursor: null, complete: true },
  used: [],
  toasts: [],
});

/** @type {ChatState} */
let state = empty();
/** @type {Set<() => void>} */
const readers = new Set();

export const get = () => state;

/** @param {Partial<ChatState> | ((now: ChatState) => Partial<ChatState>)} change */
export function set(change) {
  state = { ...state, ...(typeof change === "function" ? change(state) : change) };
  for (const reader of readers) reader();
}

/** Back to the beginning, as when somebody signs out. @param {Partial<ChatState>} [change] */
export function reset(change = {}) {
  set({ ...empty(), ...change });
}

/**
 * The part of the state that a view shows; the view is drawn again when that part changes.
 * @template T
 * @param {(state: ChatState) => T} select
 * @returns {T}
 */
export function useChat(select) {
  const [part, setPart] = useState(() => select(state));
  useEffect(() => {
    const read = () => setPart(() => select(state));
    read();
    readers.add(read);
    return () => {
      readers.delete(read);
    };
  }, []);
  return part;
}

/** Name under which a pressed button is remembered. @param {string} entryId @param {import("./types.js").Choice} choice */
export const choiceKey = (entryId, choice) => `${entryId} ${choice.payload} ${choice.title}`;
