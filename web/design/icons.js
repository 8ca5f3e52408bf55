// Icons: line drawings on a 24 x 24 grid, drawn in the text's colour, hidden from screen readers; and the shop's star.
// @ts-check
import { html } from "./html.js";

/** Each icon is one path. @type {Record<string, string>} */
const PATHS = {
  alert: "M12 8.5v4.5m0 3v.01M10.3 4.2 2.9 17a2 2 0 0 0 1.7 3h14.8a2 2 0 0 0 1.7-3L13.7 4.2a2 2 0 0 0-3.4 0Z",
  back: "M19 12H5m6-6-6 6 6 6",
  box: "M12 3 4 7v10l8 4 8-4V7l-8-4ZM4 7l8 4 8-4M12 11v10M8 5l8 4",
  cancel: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM9 9l6 6m0-6-6 6",
  card: "M3 6h18v12H3zM3 10h18M6.5 14.5h4",
  cart: "M3 4h2.5l2 11h10l2-8H6M9.5 19.5v.01m7-.01v.01",
  check: "m5 12.5 4.5 4.5L19 7.5",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Zm0-14v5l3.2 2",
  close: "m6 6 12 12M18 6 6 18",
  down: "M12 5v14m6-6-6 6-6-6",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12ZM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z",
  "eye-off": "m4 4 16 16M9.9 5.8A9.6 9.6 0 0 1 12 5.5c6 0 9.5 6.5 9.5 6.5a15 15 0 0 1-2.4 3.2M6.3 7.5A15 15 0 0 0 2.5 12S6 18.5 12 18.5a9 9 0 0 0 4.2-1.1M9.9 9.9a3 3 0 0 0 4.2 4.2",
  gift: "M4 11h16v9H4zM3 7.5h18V11H3zM12 7.5V20M12 7.5S10.8 3.5 8.3 3.5a2 2 0 0 0 0 4H12Zm0 0s1.2-4 3.7-4a2 2 0 0 1 0 4H12Z",
  headset: "M4 15v-3a8 8 0 0 1 16 0v3M4 14.5h2.5v5H5a1 1 0 0 1-1-1v-4Zm16 0h-2.5v5H19a1 1 0 0 0 1-1v-4ZM18 19.5c0 1.5-2 2-4.5 2",
  info: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Zm0-10v5m0-8v.01",
  leave: "M14 4h4a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2h-4M4 12h11m-4-4 4 4-4 4",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  mail: "M3.5 6h17v12h-17zM4 6.5l8 6.5 8-6.5",
  minus: "M6 12h12",
  moon: "M20 14.2A8.2 8.2 0 0 1 9.8 4a8.2 8.2 0 1 0 10.2 10.2Z",
  phone: "M6 3.5h3l1.5 4.5-2 1.5a11 11 0 0 0 6 6l1.5-2 4.5 1.5v3a2 2 0 0 1-2.2 2A16 16 0 0 1 4 5.7a2 2 0 0 1 2-2.2Z",
  plus: "M6 12h12M12 6v12",
  receipt: "M6 3h12v18l-2.5-1.7L13.5 21 12 19.5 10.5 21l-2-1.7L6 21V3Zm3.5 5h5m-5 4h5",
  refund: "M4 9h11a5 5 0 0 1 0 10H9M8 5 4 9l4 4",
  retry: "M20 5v5h-5M19.5 10A8 8 0 1 0 20 13.5",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14Zm5-2 4.5 4.5",
  send: "M12 19V5m-6.5 6.5L12 5l6.5 6.5",
  sun: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm0-13.5v2m0 15v2M2.5 12h2m15 0h2M5.3 5.3l1.4 1.4m10.6 10.6 1.4 1.4m0-13.4-1.4 1.4M6.7 17.3l-1.4 1.4",
  tag: "M4 4h7.5l8.5 8.5-7.5 7.5L4 11.5V4Zm4 4v.01",
  ticket: "M4 7h16v3.5a1.5 1.5 0 0 0 0 3V17H4v-3.5a1.5 1.5 0 0 0 0-3V7Zm10 .5v1m0 3v1m0 3v1",
  truck: "M2.5 6.5H14v10H2.5zM14 10h4l3.5 3.5v3H14M6.5 19a2 2 0 1 0 0-4 2 2 0 0 0 0 4Zm11 0a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z",
  user: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm-7.5 8.5a7.5 7.5 0 0 1 15 0",
  wifi: "M4.5 9.5a11 11 0 0 1 15 0M7.5 13a6.5 6.5 0 0 1 9 0M12 17.5v.01",
};

/** @param {{name: string, class?: string}} props */
export function Icon({ name, class: extra }) {
  return html`<svg class=${extra ? `icon ${extra}` : "icon"} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    <path d=${PATHS[name] ?? PATHS.info} />
  </svg>`;
}

/** The mark of Northlight: a pole star of eight facets, half of them lit. */
export function Star() {
  return html`<svg viewBox="0 0 48 48" aria-hidden="true" focusable="false">
    <path fill="#ffd58a" d="M24 2 24 24 18.5 18.5Z M46 24 24 24 29.5 18.5Z M24 46 24 24 29.5 29.5Z M2 24 24 24 18.5 29.5Z" />
    <path fill="#f3b244" d="M24 2 24 24 29.5 18.5Z M46 24 24 24 29.5 29.5Z M24 46 24 24 18.5 29.5Z M2 24 24 24 18.5 18.5Z" />
  </svg>`;
}
