// Small things of text: moments, and addresses of web pages made links.
// @ts-check
import { html } from "../../design/html.js";

const LINK = /(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)])/;

/** @param {string} at */
export const moment = (at) => new Date(at).toLocaleString(undefined, { dateStyle: "short", timeStyle: "short" });

/** @param {{text: string}} props */
export function Linked({ text }) {
  return text
    .split(LINK)
    .map((part, index) => (index % 2 ? html`<a key=${index} href=${part} target="_blank" rel="noreferrer">${part}</a>` : part));
}
