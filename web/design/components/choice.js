// Choices: radio buttons as rows, each with a title, a note, and something at its end such as a price.
// @ts-check
import { html } from "../html.js";

/** @typedef {{value: string, title: string, note?: string, end?: string}} Choice */

/**
 * @param {{legend: string, name: string, value: string, choices: Choice[], onChoose: (value: string) => void, hideLegend?: boolean}} props
 */
export function Choices({ legend, name, value, choices, onChoose, hideLegend }) {
  return html`<fieldset class="choices">
    <legend class=${hideLegend ? "visually-hidden" : "field__label"}>${legend}</legend>
    ${choices.map(
      (choice) => html`<label class="choices__row" key=${choice.value}>
        <input
          type="radio"
          name=${name}
          value=${choice.value}
          checked=${choice.value === value}
          data-testid=${`${name}-${choice.value}`}
          onChange=${() => onChoose(choice.value)}
        />
        <span class="choices__text"><b>${choice.title}</b>${choice.note && html`<small>${choice.note}</small>`}</span>
        ${choice.end && html`<span class="choices__end">${choice.end}</span>`}
      </label>`,
    )}
  </fieldset>`;
}
