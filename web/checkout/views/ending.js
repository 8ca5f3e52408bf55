// Why nothing can be ordered here, and where to go on.
// @ts-check
import { html, useEffect, useRef } from "../../design/html.js";
import { Button } from "../../design/components/button.js";
import { Icon } from "../../design/icons.js";

/** @param {{title: string, text: string, onRetry?: () => void}} props */
export function Ending({ title, text, onRetry }) {
  const heading = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => heading.current?.focus(), [title]);
  return html`<main class="ending" data-testid="ending">
    <span class="ending__glyph"><${Icon} name="cart" /></span>
    <h1 tabindex="-1" ref=${heading}>${title}</h1>
    <p>${text}</p>
    <p class="ending__ways">
      <a class="button button--primary" href="/chat">To the chat</a>
      ${onRetry && html`<${Button} kind="quiet" icon="retry" onClick=${onRetry}>Try again<//>`}
    </p>
  </main>`;
}
