// Badge: a short state in a tone; the word carries the meaning, the colour only helps.
// @ts-check
import { classes, html } from "../html.js";

/** @param {{tone?: "neutral" | "info" | "success" | "warning" | "danger" | "brand", children?: unknown} & Record<string, any>} props */
export function Badge({ tone = "neutral", class: extra, children, ...rest }) {
  return html`<span ...${rest} class=${classes("badge", tone !== "neutral" && `badge--${tone}`, extra)}>${children}</span>`;
}

/** Tone of a state word of orders, refunds, tickets and invoices; what is unknown stays neutral. */
const TONES = {
  success: /^(delivered|refunded|paid|resolved|completed?|closed|in stock|verified|succeeded|active)\b/i,
  info: /^(shipped|on its way|out for delivery|packed|placed|processing|open|new|issued|approved|confirmed|in transit)\b/i,
  warning: /^(pending|waiting|delayed|requested|in progress|low stock|overdue|partly|partially|due|on hold|unpaid)\b/i,
  danger: /^(cancell?ed|failed|rejected|refused|declined|lost|out of stock|returned to sender|breached|urgent)\b/i,
};

/**
 * @param {string} word
 * @returns {"neutral" | "info" | "success" | "warning" | "danger"}
 */
export function toneOf(word) {
  for (const [tone, pattern] of Object.entries(TONES)) {
    if (pattern.test(word.trim())) return /** @type {any} */ (tone);
  }
  return "neutral";
}
