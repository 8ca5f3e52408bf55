// Bubble: one utterance, and the bubble with three dots while somebody writes.
// @ts-check
import { classes, html } from "../html.js";

/**
 * @typedef {object} BubbleProps
 * @property {"own" | "assistant" | "agent"} [from]
 * @property {"start" | "end" | null} [tail] the corner that points at the speaker
 * @property {"waiting" | "failed" | null} [state]
 * @property {unknown} [children]
 */

/** @param {BubbleProps & Record<string, any>} props */
export function Bubble({ from = "assistant", tail, state, class: extra, children, ...rest }) {
  const names = classes(
    "bubble",
    from !== "assistant" && `bubble--${from}`,
    tail && `bubble--tail-${tail}`,
    state && `bubble--${state}`,
    extra,
  );
  return html`<div ...${rest} class=${names}>${children}</div>`;
}

/** @param {Record<string, any>} props */
export function TypingBubble(props) {
  return html`<div ...${props} class="bubble bubble--typing bubble--tail-start">
    <i aria-hidden="true"></i><i aria-hidden="true"></i><i aria-hidden="true"></i>
  </div>`;
}
