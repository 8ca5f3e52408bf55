// Text of the shop as paragraphs with bold words and web links; every piece becomes a text node.
// @ts-check
import { html } from "../../design/html.js";
import { paragraphs, pieces } from "../richtext.js";

/** @param {{text: string}} props */
export function RichText({ text }) {
  return paragraphs(text).map(
    (paragraph, index) => html`<p key=${index}>
      ${pieces(paragraph).map((piece) => {
        if (piece.kind === "bold") return html`<strong>${piece.text}</strong>`;
        if (piece.kind === "link") return html`<a href=${piece.text} target="_blank" rel="noopener noreferrer">${piece.text}</a>`;
        return piece.text;
      })}
    </p>`,
  );
}
