// Life inside the floating widget (embed/closer-widget.js): is the page looked at, how much is unread, close.
// @ts-check
import { SHOP } from "./shop.js";

export const embedded = new URLSearchParams(location.search).has("embed") && window.parent !== window;

let opened = true;
let unread = 0;

/** Nothing in these messages is private, so any parent may hear them. @param {object} message */
const tellParent = (message) => {
  if (embedded) window.parent.postMessage({ source: "closer-chat", ...message }, "*");
};

export const closeWidget = () => tellParent({ type: "close" });

function show() {
  document.title = unread > 0 ? `(${unread}) ${SHOP}` : `${SHOP} · Help and advice`;
  tellParent({ type: "unread", count: unread });
}

const attended = () => document.visibilityState === "visible" && opened;

function seen() {
  if (!attended() || unread === 0) return;
  unread = 0;
  show();
}

/** Counts what arrived while nobody looked. @param {number} count */
export function arrived(count) {
  if (count === 0 || attended()) return;
  unread += count;
  show();
}

document.addEventListener("visibilitychange", seen);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !document.querySelector("dialog[open]")) closeWidget();
});
addEventListener("message", (event) => {
  if (!embedded || event.source !== window.parent || event.data?.source !== "closer-widget") return;
  opened = event.data.type === "open";
  seen();
  if (opened) /** @type {HTMLElement | null} */ (document.querySelector("textarea, input"))?.focus();
});
