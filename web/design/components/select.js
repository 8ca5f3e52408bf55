// Select: a labelled choice of one from a list, the browser's own.
// @ts-check
import { html, useId } from "../html.js";

/**
 * Any other property (value, onChange, autocomplete, data-testid …) goes to the select.
 * @param {{label: string, error?: string, options: {value: string, label: string}[]} & Record<string, any>} props
 */
export function Select({ label, error, options, ...rest }) {
  const id = useId();
  return html`<div class="field">
    <label class="field__label" for=${id}>${label}</label>
    <select
      ...${rest}
      id=${id}
      class="input input--select"
      aria-invalid=${error ? "true" : undefined}
      aria-describedby=${error ? `${id}-error` : undefined}
    >
      ${options.map((option) => html`<option key=${option.value} value=${option.value}>${option.label}</option>`)}
    </select>
    ${error && html`<p class="field__error" id=${`${id}-error`}>${error}</p>`}
  </div>`;
}
