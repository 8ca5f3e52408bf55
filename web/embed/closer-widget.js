// The chat as a floating bubble on any shop page, in one line:
//   <script src="https://chat.example/static/embed/closer-widget.js" data-label="Ask Northlight" async></script>
// The conversation runs in a frame of the chat's own origin: the shop page sees neither tokens nor messages, and its styles
// and ours stay apart (shadow root). Data attributes and window.closerWidget are described in docs/web.md.
// @ts-check
(() => {
  "use strict";
  const script = /** @type {HTMLScriptElement | null} */ (document.currentScript);
  const page = /** @type {any} */ (window);
  if (!script || page.closerWidget) return;
  const { label = "Chat with us", side = "right", colour = "", open: openAtOnce, path = "/chat" } = script.dataset;
  const origin = new URL(script.src).origin;

  const CSS_TEXT = `
    :host { all: initial; }
    .launcher, .frame { position: fixed; z-index: 2147483000; bottom: calc(env(safe-area-inset-bottom) + 20px); }
    .launcher {
      --fill: #0c5049; display: flex; gap: 10px; align-items: center; height: 56px; padding: 0 22px 0 16px; border: 0;
      border-radius: 28px; background: var(--fill); color: #fff; cursor: pointer; box-shadow: 0 10px 30px rgb(6 30 28 / 30%);
      font: 600 16px/1.2 -apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif;
    }
    .launcher:focus-visible { outline: 3px solid #fff; outline-offset: -6px; }
    .launcher svg { width: 28px; height: 28px; }
    .count {
      position: absolute; top: -5px; right: 2px; min-width: 22px; padding: 0 6px; box-sizing: border-box; border-radius: 11px;
      background: #f3b244; color: #221500; font-size: 13px; line-height: 22px; text-align: center;
    }
    .frame {
      width: min(400px, calc(100vw - 40px)); height: min(680px, calc(100dvh - 40px)); border: 0; border-radius: 20px;
      background: #fff; color-scheme: normal; box-shadow: 0 24px 80px rgb(6 30 28 / 35%);
    }
    .right { right: 20px; } .left { left: 20px; }
    [hidden] { display: none !important; }
    @media (max-width: 520px) { .frame { inset: 0; width: 100%; height: 100%; border-radius: 0; } }
    @media (prefers-reduced-motion: no-preference) {
      .frame { animation: rise 220ms cubic-bezier(.2, .7, .2, 1); }
      @keyframes rise { from { opacity: 0; transform: translateY(14px); } }
    }
    @media print { .launcher, .frame { display: none; } }`;

  const host = document.createElement("div");
  host.id = "closer-widget";
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(CSS_TEXT);
  root.adoptedStyleSheets = [sheet];

  const place = side === "left" ? "left" : "right";
  const launcher = document.createElement("button");
  launcher.type = "button";
  launcher.className = `launcher ${place}`;
  launcher.setAttribute("aria-expanded", "false");
  if (CSS.supports("color", colour)) launcher.style.setProperty("--fill", colour);
  const words = document.createElement("span");
  words.textContent = label;
  const count = document.createElement("span");
  count.className = "count";
  count.hidden = true;
  launcher.append(star(), words, count);
  root.append(launcher);

  /** @type {HTMLIFrameElement | null} made on first opening: until then the page loads nothing of the chat */
  let frame = null;

  function star() {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 48 48");
    svg.setAttribute("aria-hidden", "true");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("fill", "#ffd58a");
    path.setAttribute("d", "M24 2 29.5 18.5 46 24 29.5 29.5 24 46 18.5 29.5 2 24 18.5 18.5Z");
    svg.append(path);
    return svg;
  }

  /** @param {string} type */
  const tellChat = (type) => frame?.contentWindow?.postMessage({ source: "closer-widget", type }, origin);

  function makeFrame() {
    const made = document.createElement("iframe");
    made.className = `frame ${place}`;
    made.title = label;
    made.src = `${origin}${path}?embed=1`;
    made.setAttribute("sandbox", "allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox");
    made.setAttribute("referrerpolicy", "strict-origin");
    root.append(made);
    return made;
  }

  function open() {
    frame ??= makeFrame();
    frame.hidden = false;
    launcher.hidden = true;
    launcher.setAttribute("aria-expanded", "true");
    frame.focus();
    tellChat("open");
  }

  function close() {
    if (!frame || frame.hidden) return;
    frame.hidden = true;
    launcher.hidden = false;
    launcher.setAttribute("aria-expanded", "false");
    launcher.focus();
    tellChat("close");
  }

  /** @param {number} unread */
  function showUnread(unread) {
    count.hidden = !(unread > 0);
    count.textContent = unread > 99 ? "99+" : String(unread);
    launcher.setAttribute("aria-label", unread > 0 ? `${label}, ${unread} unread` : label);
  }

  launcher.addEventListener("click", open);
  addEventListener("message", (event) => {
    if (!frame || event.origin !== origin || event.source !== frame.contentWindow) return;
    if (event.data?.source !== "closer-chat") return;
    if (event.data.type === "close") close();
    if (event.data.type === "unread") showUnread(Number(event.data.count) || 0);
  });
  addEventListener("keydown", (event) => event.key === "Escape" && close());

  page.closerWidget = { open, close };
  const mount = () => {
    document.body.append(host);
    if (openAtOnce === "true") open();
  };
  if (document.body) mount();
  else addEventListener("DOMContentLoaded", mount);
})();
