// Rich text of the protocol: **bold** and line breaks, and web addresses in what the shop says. Parsed to pieces, never markup.
// @ts-check

/** @typedef {{kind: "text" | "bold" | "link", text: string}} Piece */

const BOLD = /\*\*(?=\S)([^\n]*?\S)\*\*/g;
const LINK = /\bhttps?:\/\/[^\s<>"']+/g;
const TRAILING = /[.,;:!?)\]}]+$/;

/** @param {string} text @param {"text" | "bold"} kind @returns {Piece[]} */
function withLinks(text, kind) {
  /** @type {Piece[]} */
  const pieces = [];
  let from = 0;
  for (const match of text.matchAll(LINK)) {
    const address = match[0].replace(TRAILING, "");
    if (match.index > from) pieces.push({ kind, text: text.slice(from, match.index) });
    pieces.push({ kind: "link", text: address });
    from = match.index + address.length;
  }
  if (from < text.length) pieces.push({ kind, text: text.slice(from) });
  return pieces;
}

/**
 * One paragraph as pieces. Line breaks stay in the text (the bubble keeps white space).
 * @param {string} text
 * @returns {Piece[]}
 */
export function pieces(text) {
  /** @type {Piece[]} */
  const result = [];
  let from = 0;
  for (const match of text.matchAll(BOLD)) {
    if (match.index > from) result.push(...withLinks(text.slice(from, match.index), "text"));
    result.push(...withLinks(match[1], "bold"));
    from = match.index + match[0].length;
  }
  if (from < text.length) result.push(...withLinks(text.slice(from), "text"));
  return result;
}

/** Paragraphs: what empty lines separate. @param {string} text @returns {string[]} */
export const paragraphs = (text) =>
  text
    .replace(/\r\n?/g, "\n")
    .trim()
    .split(/\n[ \t]*\n+/)
    .filter(Boolean);
