// How the order is sent: each way with its days and its price.
// @ts-check
import { html } from "../../design/html.js";
import { Choices } from "../../design/components/choice.js";
import { amount, days } from "../words.js";

/** @param {import("./form.js").Part} props */
export function Delivery({ checkout, form, set }) {
  const choices = checkout.delivery.map((way) => ({
    value: way.id,
    title: way.name,
    note: `${days(way.earliest, way.latest)}, by ${way.carrier}`,
    end: Number(way.price.amount) === 0 ? "Free" : amount(way.price),
  }));
  return html`<section class="part" aria-labelledby="part-delivery">
    <h2 id="part-delivery">Delivery</h2>
    <${Choices} legend="Ways to send it" hideLegend name="delivery" value=${form.delivery} choices=${choices}
      onChoose=${(/** @type {string} */ delivery) => set({ delivery })} />
  </section>`;
}
