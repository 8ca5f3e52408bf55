// What stands beside the conversation on a wide screen: the shop's picture, things to ask, what is good to know.
// @ts-check
import { html } from "../../design/html.js";
import { Icon, Star } from "../../design/icons.js";
import { send } from "../chat.js";
import { SHOP, SHORTCUTS } from "../shop.js";

/** @param {{small?: boolean}} props */
export function Wordmark({ small }) {
  return html`<p class=${small ? "wordmark wordmark--small" : "wordmark"}><${Star} /><span>${SHOP}</span></p>`;
}

export function Aside() {
  return html`<aside class="aside" aria-label="Things to ask">
    <${Wordmark} />
    <p class="aside__line">Ask anything about an order, or let us find the right thing.</p>
    <ul class="aside__list">
      ${SHORTCUTS.map(
        (item) => html`<li key=${item.title}>
          <button type="button" class="aside__item" onClick=${() => send(item.title)}>
            <${Icon} name=${item.icon} /><span>${item.title}</span>
          </button>
        </li>`,
      )}
    </ul>
    <ul class="aside__notes">
      <li><${Icon} name="lock" />We check that it is you before anything private.</li>
      <li><${Icon} name="phone" />Continue by text or e-mail: the conversation follows you.</li>
    </ul>
  </aside>`;
}
