// Under the customer's message: time and what became of it (sending, sent, delayed, failed with retry).
// @ts-check
import { html } from "../../design/html.js";
import { Button } from "../../design/components/button.js";
import { Icon } from "../../design/icons.js";
import { discard, retry } from "../chat.js";
import { useChat } from "../store.js";
import { clockTime } from "../time.js";

/** @type {Record<string, {icon: string, text: string}>} */
const STATES = {
  sending: { icon: "clock", text: "Sending…" },
  waiting: { icon: "clock", text: "Waiting for connection" },
  sent: { icon: "check", text: "" },
  delayed: { icon: "check", text: "Received. The answer takes a little longer" },
  failed: { icon: "alert", text: "Not sent" },
};

/** @param {import("../timeline.js").SpeechRow} row */
export function useDelivery(row) {
  const connected = useChat((state) => state.link.state === "online" || state.link.state === "polling");
  const delayed = useChat((state) => state.delayed);
  const id = row.outgoing?.message_id ?? row.entry?.message_id;
  if (row.outgoing?.state === "failed") return "failed";
  if (row.outgoing?.state === "sending") return connected ? "sending" : "waiting";
  return id && delayed.has(id) ? "delayed" : "sent";
}

/** @param {{row: import("../timeline.js").SpeechRow, state: string}} props */
export function Delivery({ row, state }) {
  const { icon, text } = STATES[state];
  if (state === "sent" && !row.last) return null;
  const id = row.outgoing?.message_id ?? "";
  return html`<div class=${`meta meta--own meta--${state}`}>
    ${state === "failed" &&
    html`<span class="meta__reason">${row.outgoing?.reason}</span>
      <${Button} kind="plain" small icon="retry" data-testid="retry" onClick=${() => retry(id)}>Try again<//>
      <${Button} kind="plain" small data-testid="discard" onClick=${() => discard(id)}>Remove<//>`}
    <span data-testid="delivery" data-state=${state} class="meta__state">
      <${Icon} name=${icon} />${text || html`<span class="visually-hidden">Sent</span>`}
    </span>
    ${state !== "failed" && html`<time datetime=${row.at}>${clockTime(row.at)}</time>`}
  </div>`;
}
