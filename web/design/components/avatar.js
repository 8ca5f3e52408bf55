// Avatar: the shop's star for the assistant, initials for people. Decorative: the name stands beside it.
// @ts-check
import { classes, html } from "../html.js";
import { Icon, Star } from "../icons.js";

/**
 * First letters of the first and last word of a name.
 * @param {string} name
 */
export function initials(name) {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const chosen = words.length > 1 ? [words[0], words[words.length - 1]] : words;
  return chosen.map((word) => [...word][0]?.toLocaleUpperCase() ?? "").join("");
}

/** @param {{kind?: "assistant" | "agent" | "person", name?: string, large?: boolean, class?: string}} props */
export function Avatar({ kind = "person", name = "", large, class: extra }) {
  const content =
    kind === "assistant"
      ? html`<${Star} />`
      : kind === "agent" || !initials(name)
        ? html`<${Icon} name=${kind === "agent" ? "headset" : "user"} />`
        : initials(name);
  return html`<span class=${classes("avatar", `avatar--${kind}`, large && "avatar--large", extra)} aria-hidden="true">
    ${content}
  </span>`;
}
