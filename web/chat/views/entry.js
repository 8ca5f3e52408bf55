// One thing said: bubble, picture, cards, steps, quick replies, time; a notice when the system says it.
// @ts-check
import { classes, html, useMemo } from "../../design/html.js";
import { Avatar } from "../../design/components/avatar.js";
import { Bubble } from "../../design/components/bubble.js";
import { CHANNELS, SHOP } from "../shop.js";
import { clockTime } from "../time.js";
import { Cards } from "./cards.js";
import { QuickReplies } from "./choices.js";
import { Delivery, useDelivery } from "./delivery.js";
import { RichText } from "./rich-text.js";

/** @typedef {import("../timeline.js").SpeechRow} SpeechRow */

const NAMES = { customer: "You", assistant: SHOP, agent: `${SHOP} customer care`, system: "Notice" };

/** Attributes by which tests and styles find an entry. @param {SpeechRow} row */
const marks = (row) => ({
  "data-testid": "entry",
  "data-from": row.from,
  "data-entry-id": row.entry?.id,
  "data-message-id": row.outgoing?.message_id ?? row.entry?.message_id ?? undefined,
});

/** @param {{row: SpeechRow, live: boolean}} props */
function OwnEntry({ row, live }) {
  const state = useDelivery(row);
  const shade = state === "failed" ? "failed" : state === "sending" || state === "waiting" ? "waiting" : null;
  return html`<div ...${marks(row)} class=${classes("entry entry--own", row.first && "entry--first", live && "is-live")}>
    <span class="visually-hidden">You:</span>
    <${Bubble} from="own" tail=${row.last ? "end" : null} state=${shade}>${row.entry?.text ?? row.outgoing?.text}<//>
    <${Delivery} row=${row} state=${state} />
  </div>`;
}

/** @param {{row: SpeechRow}} props */
function Spoken({ row }) {
  const { entry } = row;
  if (!entry) return null;
  const picture =
    entry.image && html`<img class="bubble__picture" src=${entry.image.url} alt=${entry.image.alt} loading="lazy" />`;
  const channel = CHANNELS[entry.channel];
  return html`
    ${(entry.text || picture) &&
    html`<${Bubble} from=${row.from} tail=${row.first ? "start" : null}>
      ${entry.text && html`<${RichText} text=${entry.text} />`}${picture}
    <//>`}
    ${(entry.cards.length > 0 || entry.steps.length > 0) && html`<${Cards} entry=${entry} />`}
    ${entry.buttons.length > 0 && html`<${QuickReplies} entry=${entry} answered=${row.answered} choice=${row.choice} />`}
    ${row.last &&
    html`<div class="meta"><time datetime=${row.at}>${clockTime(row.at)}</time>${channel && html`<span>${channel}</span>`}</div>`}
  `;
}

/** @param {{row: SpeechRow, live: boolean}} props */
function OtherEntry({ row, live }) {
  const agent = row.from === "agent";
  const body = useMemo(() => html`<${Spoken} row=${row} />`, [row.entry, row.first, row.last, row.answered, row.choice]);
  return html`<div
    ...${marks(row)}
    class=${classes("entry", agent && "entry--agent", row.first && "entry--first", live && "is-live")}
  >
    ${row.first ? html`<${Avatar} kind=${agent ? "agent" : "assistant"} class="entry__avatar" />` : null}
    ${agent && row.first
      ? html`<p class="entry__name">${NAMES.agent}</p>`
      : html`<span class="visually-hidden">${NAMES[row.from]}:</span>`}
    ${body}
  </div>`;
}

/** @param {{row: SpeechRow, live: boolean}} props */
function Notice({ row, live }) {
  const text = row.entry?.text ?? "";
  return html`<div ...${marks(row)} class=${classes("notice", live && "is-live")}><${RichText} text=${text} /></div>`;
}

/** @param {{row: SpeechRow, live: boolean}} props */
export function EntryRow({ row, live }) {
  if (row.from === "customer") return html`<${OwnEntry} row=${row} live=${live} />`;
  if (row.from === "system") return html`<${Notice} row=${row} live=${live} />`;
  return html`<${OtherEntry} row=${row} live=${live} />`;
}
