// The banner that says that the connection is lost, when the next attempt comes, and lets people try at once.
// @ts-check
import { html, useEffect, useState } from "../../design/html.js";
import { Button } from "../../design/components/button.js";
import { Icon } from "../../design/icons.js";
import { reconnect } from "../chat.js";
import { useChat } from "../store.js";

const PATIENCE_MS = 1500;

/** @param {import("../types.js").Link} link @param {boolean} ready */
function words(link, ready) {
  if (link.state === "offline") return "You are offline. What you write is sent when you are back.";
  if (!ready) return "The shop cannot be reached at the moment.";
  return "Connection lost. What you write is sent when it is back.";
}

export function Banner() {
  const link = useChat((state) => state.link);
  const ready = useChat((state) => state.ready);
  const [now, setNow] = useState(Date.now());
  const away = link.state !== "online" && link.state !== "polling";
  useEffect(() => {
    if (!away) return undefined;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [away]);
  const shown = away && now - link.since > PATIENCE_MS;
  const seconds = link.retryAt ? Math.max(0, Math.ceil((link.retryAt - now) / 1000)) : 0;
  return html`<div class="banner-place" role="status">
    ${shown &&
    html`<div class="banner" data-testid="reconnect-banner">
      <${Icon} name="wifi" />
      <p>
        ${words(link, ready)}${" "}
        <span class="banner__next" aria-hidden="true">
          ${link.state === "connecting" || seconds === 0 ? "Trying now…" : `Next try in ${seconds} s.`}
        </span>
      </p>
      <${Button} kind="quiet" small onClick=${reconnect} disabled=${link.state === "connecting"}>Try now<//>
    </div>`}
  </div>`;
}
