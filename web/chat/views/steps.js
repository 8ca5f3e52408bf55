// How far an order has come: its steps with their times, the present one marked.
// @ts-check
import { html } from "../../design/html.js";
import { Icon } from "../../design/icons.js";
import { stepTime } from "../time.js";

const WORDS = { done: "done", current: "now", todo: "still to come" };

/** @param {{steps: import("../types.js").Step[]}} props */
export function Steps({ steps }) {
  return html`<ol class="steps" data-testid="steps" aria-label="Progress">
    ${steps.map(
      (step, place) => html`<li
        key=${place}
        class=${`step step--${step.state}`}
        aria-current=${step.state === "current" ? "step" : undefined}
      >
        <span class="step__dot" aria-hidden="true">${step.state === "done" && html`<${Icon} name="check" />`}</span>
        <span class="step__label">${step.label}<span class="visually-hidden"> (${WORDS[step.state]})</span></span>
        ${step.at && html`<time class="step__time" datetime=${step.at}>${stepTime(step.at)}</time>`}
      </li>`,
    )}
  </ol>`;
}
