// Where the order goes: one of the customer's addresses, or a new one.
// @ts-check
import { html } from "../../design/html.js";
import { Choices } from "../../design/components/choice.js";
import { Field } from "../../design/components/input.js";
import { Select } from "../../design/components/select.js";
import { NEW_ADDRESS } from "../form.js";

/** @param {import("./form.js").Part} props */
export function Address({ checkout, form, errors, set }) {
  const saved = checkout.addresses.map((address) => ({
    value: address.address_id,
    title: `${address.recipient} (${address.label})`,
    note: address.line,
  }));
  const choices = [...saved, { value: NEW_ADDRESS, title: "Another address" }];
  return html`<section class="part" aria-labelledby="part-address">
    <h2 id="part-address">Delivery address</h2>
    ${saved.length > 0 &&
    html`<${Choices} legend="Your addresses" hideLegend name="address" value=${form.address} choices=${choices}
      onChoose=${(/** @type {string} */ address) => set({ address })} />`}
    ${form.address === NEW_ADDRESS && html`<${NewAddress} checkout=${checkout} form=${form} errors=${errors} set=${set} />`}
  </section>`;
}

/** @param {import("./form.js").Part} props */
function NewAddress({ checkout, form, errors, set }) {
  /**
   * @param {"recipient" | "street" | "city" | "region" | "postcode"} name
   * @param {string} label @param {string} autocomplete @param {string} [hint]
   */
  const field = (name, label, autocomplete, hint) =>
    html`<${Field} label=${label} name=${name} autocomplete=${`shipping ${autocomplete}`} value=${form[name]} error=${errors[name]}
      hint=${hint} data-testid=${`checkout-${name}`}
      onInput=${(/** @type {any} */ event) => set({ [name]: event.target.value })} />`;
  const whom = checkout.needs_contact || checkout.signed_in ? "Leave empty if it is for you." : undefined;
  return html`
    ${field("recipient", "Recipient", "name", whom)} ${field("street", "Street and number", "street-address")}
    <div class="part__pair">${field("postcode", "Postcode", "postal-code")} ${field("city", "City", "address-level2")}</div>
    <div class="part__pair">
      ${field("region", "State or region", "address-level1")}
      <${Select} label="Country" name="country" autocomplete="shipping country" value=${form.country} error=${errors.country}
        data-testid="checkout-country"
        options=${checkout.countries.map((country) => ({ value: country.code, label: country.name }))}
        onChange=${(/** @type {any} */ event) => set({ country: event.target.value })} />
    </div>
    ${checkout.signed_in &&
    html`<label class="part__check">
      <input type="checkbox" checked=${form.keep} onChange=${(/** @type {any} */ event) => set({ keep: event.target.checked })} />
      Keep it in my address book
    </label>`}
  `;
}
