// Note: a sentence or two that must be read, in a tone.
// @ts-check
import { classes, html } from "../html.js";
import { Icon } from "../icons.js";

const ICONS = { info: "info", danger: "alert", success: "check" };

/** @param {{tone?: "info" | "danger" | "success", children?: unknown} & Record<string, any>} props */
export function Note({ tone = "info", class: extra, children, ...rest }) {
  return html`<div ...${rest} class=${classes("note", tone !== "info" && `note--${tone}`, extra)}>
    <${Icon} name=${ICONS[tone]} /><div>${children}</div>
  </div>`;
}
