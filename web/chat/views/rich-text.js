// Text of the shop as paragraphs with bold words and web links; every piece becomes a text node.
// @ts-check
import { html } from "../../design/html.js";
import { paragraphs, pieces } from "../richtext.js";

/** Our own pages, such as the checkout, may know who is signed in here; others learn nothing. @param {string} address */
const bond = (address) => (address.startsWith(`${location.origin}/`) ? "opener" : "noopener noreferrer");

/** What a link is called: the checkout's token is of no use to a reader. @param {string} address */
const nameOf = (address) => (address.startsWith(`${location.origin}/checkout#`) ? "Go to the checkout" : address);

/** @param {{text: string}} props */
export function RichText({ text }) {
  return paragraphs(text).map(
    (paragraph, index) => html`<p key=${index}>
      ${pieces(paragraph).map((piece) => {
        if (piece.kind === "bold") return html`<strong>${piece.text}</strong>`;
        if (piece.kind === "link") return html`<a href=${piece.text} target="_blank" rel=${bond(piece.text)}>${nameOf(piece.text)}</a>`;
        return piece.text;
      })}
    </p>`,
  );
}
