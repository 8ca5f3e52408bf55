// How the order is paid. A card goes to the payment provider and is kept nowhere; a demonstration shows cards to try.
// @ts-check
import { html } from "../../design/html.js";
import { Choices } from "../../design/components/choice.js";
import { Field } from "../../design/components/input.js";
import { groupDigits, groupExpiry } from "../form.js";

/** @type {Record<string, string>} */
const OUTCOMES = {
  approved: "is approved",
  card_declined: "is declined",
  insufficient_funds: "holds too little money",
  expired_card: "has expired",
  authentication_failed: "is not confirmed by the bank",
};

/** @param {import("./form.js").Part} props */
export function Payment({ checkout, form, errors, set }) {
  const choices = checkout.payments.map((way) => ({ value: way.id, title: way.name, note: way.note }));
  return html`<section class="part" aria-labelledby="part-payment">
    <h2 id="part-payment">Payment</h2>
    <${Choices} legend="Ways to pay" hideLegend name="payment" value=${form.payment} choices=${choices}
      onChoose=${(/** @type {string} */ payment) => set({ payment })} />
    ${form.payment === "card" && html`<${CardFields} checkout=${checkout} form=${form} errors=${errors} set=${set} />`}
    ${form.payment === "gift_card" &&
    html`<div class="part__box">
      <${Field} label="Code on the gift card" name="gift" autocomplete="off" value=${form.gift} error=${errors.gift}
        hint=${checkout.test_cards.length > 0 ? "To try: GIFT-0500-DEMO holds 500." : undefined} data-testid="checkout-gift"
        onInput=${(/** @type {any} */ event) => set({ gift: event.target.value })} />
    </div>`}
  </section>`;
}

/** @param {import("./form.js").Part} props */
function CardFields({ checkout, form, errors, set }) {
  return html`<div class="part__box">
    <${Field} label="Card number" name="number" autocomplete="cc-number" inputmode="numeric" placeholder="1234 5678 9012 3456"
      value=${form.number} error=${errors.number} data-testid="checkout-number"
      onInput=${(/** @type {any} */ event) => set({ number: groupDigits(event.target.value) })} />
    <div class="part__pair">
      <${Field} label="Expires" name="expiry" autocomplete="cc-exp" inputmode="numeric" placeholder="MM / YY"
        value=${form.expiry} error=${errors.expiry} data-testid="checkout-expiry"
        onInput=${(/** @type {any} */ event) => set({ expiry: groupExpiry(event.target.value) })} />
      <${Field} label="Security code" name="cvc" autocomplete="cc-csc" inputmode="numeric" maxlength="4"
        value=${form.cvc} error=${errors.cvc} data-testid="checkout-cvc"
        onInput=${(/** @type {any} */ event) => set({ cvc: event.target.value.replace(/\D/g, "") })} />
    </div>
    ${checkout.test_cards.length > 0 &&
    html`<details class="part__try">
      <summary>Demonstration: cards to try (real ones are refused)</summary>
      <ul>
        ${checkout.test_cards.map(
          (card) => html`<li key=${card.number}>
            <button type="button" class="part__link" data-testid=${`try-${card.number}`}
              onClick=${() => set({ number: groupDigits(card.number), expiry: "12 / 34", cvc: card.number.startsWith("3") ? "1234" : "123" })}>
              ${groupDigits(card.number)}</button
            >${" "}${OUTCOMES[card.outcome] ?? card.outcome}
          </li>`,
        )}
      </ul>
    </details>`}
  </div>`;
}
