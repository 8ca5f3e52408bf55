// Button: one component for every clickable thing that is not a link.
// @ts-check
import { classes, html } from "../html.js";
import { Icon } from "../icons.js";

/**
 * @typedef {object} ButtonProps
 * @property {"primary" | "quiet" | "plain" | "danger" | "choice" | "icon"} [kind]
 * @property {string} [icon] name of an icon before the text (the whole content for kind "icon")
 * @property {string} [label] accessible name, needed for kind "icon"
 * @property {boolean} [small]
 * @property {boolean} [wide]
 * @property {boolean} [busy] shows a spinner and refuses clicks
 * @property {boolean} [chosen] this choice was taken
 * @property {unknown} [children]
 */

/**
 * Any other property (onClick, type, disabled, data-testid, aria-…) goes to the element.
 * @param {ButtonProps & Record<string, any>} props
 */
export function Button({ kind = "primary", icon, label, small, wide, busy, chosen, class: extra, children, ...rest }) {
  const names = classes(
    "button",
    `button--${kind}`,
    small && "button--small",
    wide && "button--wide",
    chosen && "is-chosen",
    extra,
  );
  return html`<button
    type="button"
    ...${rest}
    class=${names}
    aria-label=${label}
    title=${kind === "icon" ? label : undefined}
    aria-busy=${busy ? "true" : undefined}
    disabled=${rest.disabled || busy}
  >
    ${busy ? html`<span class="spinner" aria-hidden="true"></span>` : icon && html`<${Icon} name=${icon} />`}
    ${children}
  </button>`;
}
