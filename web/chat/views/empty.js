// The empty conversation: a greeting and four things to begin with.
// @ts-check
import { html } from "../../design/html.js";
import { Icon } from "../../design/icons.js";
import { send } from "../chat.js";
import { SUGGESTIONS } from "../shop.js";
import { useChat } from "../store.js";
import { greeting } from "../time.js";

export function Empty() {
  const name = useChat((state) => state.session?.customer?.name ?? "");
  const first = name.trim().split(/\s+/)[0];
  return html`<section class="empty" data-testid="empty">
    <h2>${greeting()}${first && `, ${first}`}.<br />What can I do for you?</h2>
    <ul class="empty__list">
      ${SUGGESTIONS.map(
        (item) => html`<li key=${item.title}>
          <button type="button" class="empty__item" data-testid="suggestion" onClick=${() => send(item.title)}>
            <span class="empty__icon"><${Icon} name=${item.icon} /></span>
            <span><b>${item.title}</b><small>${item.hint}</small></span>
          </button>
        </li>`,
      )}
    </ul>
  </section>`;
}
