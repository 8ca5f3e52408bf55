// Entries as they come from the wire made safe to show: every field of the right type, pictures only from where we allow.
// @ts-check

/** @typedef {import("./types.js").Entry} Entry */

const SENDERS = ["customer", "assistant", "agent", "system"];
const STEP_STATES = ["done", "current", "todo"];

/** @param {unknown} value @returns {string} */
const text = (value) => (typeof value === "string" ? value : typeof value === "number" ? String(value) : "");

/** @param {unknown} value @returns {Record<string, any>[]} */
const objects = (value) => (Array.isArray(value) ? value.filter((item) => item && typeof item === "object") : []);

/**
 * A picture of our own origin or embedded data; anything else is left out (the content policy would refuse it anyway).
 * @param {any} value
 * @returns {import("./types.js").Picture | null}
 */
export function safePicture(value) {
  const url = text(value?.url);
  const allowed = /^\/(?![/\\])/.test(url) || /^data:image\/(png|jpeg|webp|gif|svg\+xml)[;,]/.test(url);
  return allowed ? { url, alt: text(value.alt) } : null;
}

/** @param {unknown} value @returns {import("./types.js").Choice[]} */
const choices = (value) =>
  objects(value)
    .map((item) => ({ title: text(item.title), payload: text(item.payload) }))
    .filter((choice) => choice.title);

/** @param {unknown} value @returns {import("./types.js").Fact[]} */
const facts = (value) =>
  objects(value)
    .map((item) => ({ label: text(item.label), value: text(item.value) }))
    .filter((fact) => fact.label && fact.value);

/**
 * @param {any} raw one entry from the server
 * @returns {Entry | null} null when it has no id: it could be neither shown once nor paged
 */
export function readEntry(raw) {
  const id = text(raw?.id);
  if (!id) return null;
  return {
    id,
    at: text(raw.at),
    from: SENDERS.includes(raw.from) ? raw.from : "system",
    channel: text(raw.channel) || "web",
    message_id: text(raw.message_id) || null,
    text: text(raw.text),
    buttons: choices(raw.buttons),
    image: safePicture(raw.image),
    cards: objects(raw.cards).map((card) => ({
      kind: text(card.kind),
      title: text(card.title),
      subtitle: text(card.subtitle),
      image: safePicture(card.image),
      facts: facts(card.facts),
      buttons: choices(card.buttons),
    })),
    steps: objects(raw.steps).map((step) => ({
      label: text(step.label),
      at: text(step.at) || null,
      state: STEP_STATES.includes(step.state) ? step.state : "todo",
    })),
  };
}

/**
 * @param {unknown} raw
 * @returns {Entry[]}
 */
export const readEntries = (raw) => /** @type {Entry[]} */ (objects(raw).map(readEntry).filter(Boolean));

/**
 * Both lists as one, sorted by id, each id once; a newer copy of an entry replaces the older.
 * @param {Entry[]} known sorted
 * @param {Entry[]} fresh
 * @returns {Entry[]}
 */
export function mergeEntries(known, fresh) {
  if (fresh.length === 0) return known;
  const byId = new Map(known.map((entry) => [entry.id, entry]));
  for (const entry of fresh) byId.set(entry.id, entry);
  return [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}
