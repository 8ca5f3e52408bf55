// Input: a labelled field. The label is always visible; hint and error are tied to the field for screen readers.
// @ts-check
import { classes, html, useId } from "../html.js";

/**
 * @typedef {object} FieldProps
 * @property {string} label
 * @property {string} [hint]
 * @property {string} [error]
 * @property {unknown} [inside] a control inside the field's right edge
 */

/**
 * Any other property (type, value, onInput, autocomplete, data-testid …) goes to the input.
 * @param {FieldProps & Record<string, any>} props
 */
export function Field({ label, hint, error, inside, ...rest }) {
  const id = useId();
  const note = error ? `${id}-error` : hint ? `${id}-hint` : undefined;
  return html`<div class="field">
    <label class="field__label" for=${id}>${label}</label>
    <div class=${classes("field__box", inside ? "field__box--inside" : null)}>
      <input ...${rest} id=${id} class="input" aria-invalid=${error ? "true" : undefined} aria-describedby=${note} />
      ${inside && html`<div class="field__inside">${inside}</div>`}
    </div>
    ${hint && !error && html`<p class="field__hint" id=${note}>${hint}</p>`}
    ${error && html`<p class="field__error" id=${note}>${error}</p>`}
  </div>`;
}
