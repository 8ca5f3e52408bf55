// The conversation: rows in a log that stays at its end unless the person scrolls up, loads older pages, and says what is new.
// @ts-check
import { html, useEffect, useMemo, useRef, useState } from "../../design/html.js";
import { Avatar } from "../../design/components/avatar.js";
import { TypingBubble } from "../../design/components/bubble.js";
import { Button } from "../../design/components/button.js";
import { loadEarlier } from "../chat.js";
import { arrived } from "../embed.js";
import { SHOP } from "../shop.js";
import { useChat } from "../store.js";
import { dayName } from "../time.js";
import { timeline } from "../timeline.js";
import { Empty } from "./empty.js";
import { EntryRow } from "./entry.js";
import { useScroll } from "./scroll.js";
import { StartNotice } from "./start-notice.js";

const SETTLE_MS = 500;

function Typing() {
  return html`<div class="entry entry--first entry--typing" data-testid="typing">
    <${Avatar} kind="assistant" class="entry__avatar" />
    <${TypingBubble} aria-hidden="true" />
  </div>`;
}

function Waiting() {
  return html`<div class="skeleton" aria-label="The conversation is loading" role="img">
    <i></i><i></i><i></i><i></i>
  </div>`;
}

/** Top of the log: the older page's button, or the start of the conversation. */
function Top() {
  const history = useChat((state) => state.history);
  if (history.complete) return html`<${StartNotice} />`;
  return html`<div class="earlier">
    <${Button} kind="plain" small busy=${history.loading} data-testid="load-earlier" onClick=${loadEarlier}>
      Earlier messages
    <//>
  </div>`;
}

/** Tells the widget and the title what came in while nobody looked. @param {import("../types.js").Entry[]} entries */
function useArrivals(entries) {
  const live = useChat((state) => state.live);
  const counted = useRef(0);
  useEffect(() => {
    const spoken = entries.filter((entry) => live.has(entry.id) && entry.from !== "customer").length;
    arrived(spoken - counted.current);
    counted.current = spoken;
  }, [entries, live]);
  return live;
}

/** True a moment after: history that was just filled in is not read aloud, what comes later is. @param {boolean} filled */
function useSettled(filled) {
  const [settled, setSettled] = useState(false);
  useEffect(() => {
    if (!filled) return setSettled(false);
    const timer = setTimeout(() => setSettled(true), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [filled]);
  return settled && filled;
}

export function Conversation() {
  const ready = useChat((state) => state.ready);
  const entries = useChat((state) => state.entries);
  const outgoing = useChat((state) => state.outgoing);
  const typing = useChat((state) => state.typing);
  const loading = useChat((state) => state.history.loading);
  const live = useArrivals(entries);
  const rows = useMemo(() => timeline(entries, outgoing), [entries, outgoing]);
  const { scroller, content, onScroll, unread, toEnd } = useScroll({ rows, entries, outgoing, typing, ready });
  const spoken = useSettled(ready && !loading);
  const blank = ready && rows.length === 0;
  return html`<div class="conversation">
    <div
      class="log"
      role="log"
      aria-label="Conversation"
      aria-live=${spoken ? "polite" : "off"}
      aria-relevant="additions"
      aria-busy=${!ready || loading ? "true" : undefined}
      tabindex="0"
      ref=${scroller}
      onScroll=${onScroll}
      data-testid="log"
    >
      <div class="log__content" ref=${content}>
        ${ready ? html`<${Top} />` : rows.length === 0 && html`<${Waiting} />`}
        ${blank && html`<${Empty} />`}
        ${rows.map((row) =>
          row.kind === "day"
            ? html`<h2 class="day" key=${row.key}><time datetime=${row.at}>${dayName(row.at)}</time></h2>`
            : html`<${EntryRow} key=${row.key} row=${row} live=${row.entry ? live.has(row.entry.id) : true} />`,
        )}
        ${typing && html`<${Typing} key="typing" />`}
      </div>
    </div>
    <p class="visually-hidden" role="status">${typing ? `${SHOP} is writing` : ""}</p>
    ${unread > 0 &&
    html`<div class="pill-place">
      <${Button} class="pill" icon="down" small data-testid="new-messages" onClick=${toEnd}>
        ${unread === 1 ? "1 new message" : `${unread} new messages`}
      <//>
    </div>`}
  </div>`;
}
