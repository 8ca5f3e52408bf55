// Buttons that the assistant offers: quick replies under an entry, and actions on a card.
// @ts-check
import { html } from "../../design/html.js";
import { Button } from "../../design/components/button.js";
import { press } from "../chat.js";
import { choiceKey, useChat } from "../store.js";

/** The focus goes on to where the person writes: the button that had it is disabled now. */
function focusComposer() {
  if (!matchMedia("(hover: hover)").matches) return;
  /** @type {HTMLElement | null} */ (document.querySelector("[data-testid=message-input]"))?.focus();
}

/** @param {string} entryId @param {import("../types.js").Choice} choice */
function choose(entryId, choice) {
  press(entryId, choice);
  focusComposer();
}

/**
 * Quick replies hold for their moment only: one choice, or any message written since, disables them all.
 * @param {{entry: import("../types.js").Entry, answered: boolean, choice: string | null}} props
 */
export function QuickReplies({ entry, answered, choice: answer }) {
  const used = useChat((state) => state.used);
  const taken = entry.buttons.filter((choice) => used.includes(choiceKey(entry.id, choice)));
  const closed = answered || taken.length > 0;
  return html`<div class="choices" role="group" aria-label="Suggested answers">
    ${entry.buttons.map(
      (choice) => html`<${Button}
        key=${choiceKey(entry.id, choice)}
        kind="choice"
        small
        disabled=${closed}
        chosen=${taken.includes(choice) || (taken.length === 0 && closed && answer === choice.title)}
        data-testid="quick-reply"
        data-payload=${choice.payload}
        onClick=${() => choose(entry.id, choice)}
      >
        ${choice.title}
      <//>`,
    )}
  </div>`;
}

/**
 * Actions on a card stay useful later; each works once.
 * @param {{entryId: string, place: number, choices: import("../types.js").Choice[]}} props
 */
export function CardActions({ entryId, place, choices }) {
  const used = useChat((state) => state.used);
  const id = `${entryId}#${place}`;
  return choices.map((choice, index) => {
    const pressed = used.includes(choiceKey(id, choice));
    return html`<${Button}
      key=${choiceKey(id, choice)}
      kind=${index === 0 ? "primary" : "quiet"}
      icon=${pressed ? "check" : undefined}
      small
      disabled=${pressed}
      data-testid="quick-reply"
      data-payload=${choice.payload}
      onClick=${() => choose(id, choice)}
    >
      ${choice.title}
    <//>`;
  });
}
