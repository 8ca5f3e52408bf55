// The timeline: entries and unsent messages as the rows that are drawn, with days between them and runs of one speaker.
// @ts-check
import { dayKey } from "./time.js";

/** @typedef {import("./types.js").Entry} Entry */
/** @typedef {import("./types.js").Outgoing} Outgoing */

/**
 * @typedef {object} DayRow
 * @property {"day"} kind
 * @property {string} key
 * @property {string} at
 */

/**
 * @typedef {object} SpeechRow
 * @property {"speech"} kind
 * @property {string} key the same for a message before and after the server showed it back
 * @property {string} at
 * @property {import("./types.js").Sender} from
 * @property {Entry | null} entry
 * @property {Outgoing | null} outgoing
 * @property {boolean} first first of a run of one speaker
 * @property {boolean} last last of a run: carries time and avatar
 * @property {boolean} answered the customer has written since
 * @property {string | null} choice what the customer wrote next, when this was the last entry before it
 */

/** @typedef {DayRow | SpeechRow} Row */

const RUN_MS = 5 * 60 * 1000;

/**
 * @param {Entry[]} entries sorted by id
 * @param {Outgoing[]} outgoing in the order of writing
 * @returns {SpeechRow[]}
 */
function speeches(entries, outgoing) {
  /** @type {Map<string | null, Outgoing[]>} */
  const behind = new Map();
  const ids = new Set(entries.map((entry) => entry.id));
  for (const message of outgoing) {
    const anchor = message.anchor === "" || ids.has(message.anchor ?? "") ? message.anchor : null;
    behind.set(anchor, [...(behind.get(anchor) ?? []), message]);
  }
  /** @type {SpeechRow[]} */
  const rows = [];
  /** @param {Entry | null} entry @param {Outgoing | null} message */
  const add = (entry, message) => {
    const own = message?.message_id ?? (entry?.from === "customer" ? entry.message_id : null);
    rows.push({
      kind: "speech",
      key: own ? `message ${own}` : `entry ${entry?.id}`,
      at: (entry ?? message)?.at ?? "",
      from: entry?.from ?? "customer",
      entry,
      outgoing: message,
      first: true,
      last: true,
      answered: false,
      choice: null,
    });
  };
  for (const message of behind.get("") ?? []) add(null, message);
  for (const entry of entries) {
    add(entry, null);
    for (const message of behind.get(entry.id) ?? []) add(null, message);
  }
  for (const message of behind.get(null) ?? []) add(null, message);
  return rows;
}

/** Marks which rows are answered, and by what words. @param {SpeechRow[]} rows */
function markAnswered(rows) {
  let answered = false;
  /** @type {string | null} */
  let words = null;
  for (let index = rows.length - 1; index >= 0; index -= 1) {
    const row = rows[index];
    if (row.from === "customer") {
      answered = true;
      words = row.entry?.text ?? row.outgoing?.text ?? null;
      continue;
    }
    row.answered = answered;
    row.choice = words;
    if (row.entry && row.entry.buttons.length > 0) words = null;
  }
}

/**
 * @param {Entry[]} entries
 * @param {Outgoing[]} outgoing
 * @returns {Row[]}
 */
export function timeline(entries, outgoing) {
  const rows = speeches(entries, outgoing);
  markAnswered(rows);
  /** @type {Row[]} */
  const result = [];
  /** @type {SpeechRow | null} */
  let previous = null;
  for (const row of rows) {
    const newDay = !previous || dayKey(previous.at) !== dayKey(row.at);
    if (newDay) result.push({ kind: "day", key: `day ${dayKey(row.at)} ${row.key}`, at: row.at });
    const pause = previous ? Math.abs(Date.parse(row.at) - Date.parse(previous.at)) : 0;
    if (previous && !newDay && previous.from === row.from && pause < RUN_MS && row.from !== "system") {
      previous.last = false;
      row.first = false;
    }
    result.push(row);
    previous = row;
  }
  return result;
}
