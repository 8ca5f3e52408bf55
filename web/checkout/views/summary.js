// What is in the cart and what it costs.
// @ts-check
import { html } from "../../design/html.js";
import { Badge } from "../../design/components/badge.js";
import { Button } from "../../design/components/button.js";
import { amount } from "../words.js";

/** @typedef {import("../api.js").Line} LineOf */

/** @param {LineOf} line @returns {string} what is wrong with it */
function trouble(line) {
  if (line.missing_options.length > 0) return `Choose ${line.missing_options.join(" and ")} in the chat`;
  if (line.available) return "";
  return line.stock > 0 ? `Only ${line.stock} left` : "Sold out";
}

/** @param {{line: LineOf, onQuantity: (line: LineOf, quantity: number) => void}} props */
function Line({ line, onQuantity }) {
  const chosen = Object.entries(line.options).map(([name, value]) => `${name} ${value}`);
  const wrong = trouble(line);
  return html`<li class="line" data-testid="line" data-product-id=${line.product_id}>
    <img class="line__picture" src=${line.image.url} alt="" width="56" height="56" />
    <div class="line__what">
      <p class="line__name">${line.name}</p>
      ${chosen.length > 0 && html`<p class="line__note">${chosen.join(", ")}</p>`}
      <p class="line__note">${amount(line.unit_price)} each</p>
      ${wrong && html`<${Badge} tone="danger" data-testid="line-trouble">${wrong}<//>`}
    </div>
    <p class="line__sum">${amount(line.total)}</p>
    <div class="line__count" role="group" aria-label=${`Quantity of ${line.name}`}>
      <${Button} kind="icon" icon="minus" label=${line.quantity > 1 ? "One less" : "Take it out"} data-testid="line-less"
        onClick=${() => onQuantity(line, line.quantity - 1)} />
      <span aria-live="polite" data-testid="line-quantity">${line.quantity}</span>
      <${Button} kind="icon" icon="plus" label="One more" disabled=${line.quantity >= Math.min(20, line.stock)} data-testid="line-more"
        onClick=${() => onQuantity(line, line.quantity + 1)} />
      ${!line.available &&
      html`<${Button} kind="quiet" small data-testid="line-fix" onClick=${() => onQuantity(line, line.stock)}>
        ${line.stock > 0 ? `Take ${line.stock}` : "Take it out"}
      <//>`}
    </div>
  </li>`;
}

/** @param {{checkout: import("../api.js").Checkout, onQuantity: (line: LineOf, quantity: number) => void}} props */
export function Summary({ checkout, onQuantity }) {
  const free = Number(checkout.shipping.amount) === 0;
  return html`<section class="summary" aria-labelledby="summary-title">
    <h2 id="summary-title">Your cart</h2>
    <ul class="summary__lines">
      ${checkout.lines.map(
        (line) => html`<${Line} key=${line.product_id + JSON.stringify(line.options)} line=${line} onQuantity=${onQuantity} />`,
      )}
    </ul>
    <dl class="summary__sums">
      <div><dt>Goods</dt><dd>${amount(checkout.subtotal)}</dd></div>
      <div><dt>Delivery</dt><dd>${free ? "Free" : amount(checkout.shipping)}</dd></div>
      <div class="summary__total"><dt>In all</dt><dd data-testid="total">${amount(checkout.total)}</dd></div>
    </dl>
  </section>`;
}
