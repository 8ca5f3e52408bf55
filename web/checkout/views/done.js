// The order that was placed.
// @ts-check
import { html, useEffect, useRef } from "../../design/html.js";
import { toneOf } from "../../design/components/badge.js";
import { Card } from "../../design/components/card.js";
import { Icon } from "../../design/icons.js";
import { amount, days } from "../words.js";

/** @param {{receipt: import("../api.js").Receipt, guest: boolean}} props */
export function Done({ receipt, guest }) {
  const heading = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => heading.current?.focus(), []);
  const facts = [
    ...receipt.items.map((item) => ({ label: `${item.quantity} × ${item.name}`, value: amount(item.total) })),
    { label: "In all, with delivery", value: amount(receipt.total) },
    { label: "Expected", value: days(receipt.deliver_from, receipt.deliver_until) },
  ];
  const status = { label: "Status", value: receipt.state_text, tone: toneOf(receipt.state_text) };
  return html`<main class="ending" data-testid="done" data-order-id=${receipt.order_id}>
    <span class="ending__glyph ending__glyph--good"><${Icon} name="check" /></span>
    <h1 tabindex="-1" ref=${heading}>${receipt.repeated ? "This cart is ordered" : "Thank you for your order"}</h1>
    <p>
      ${receipt.state === "placed"
        ? `Please transfer the amount and give ${receipt.order_id} as the reference. We pack as soon as the money is here.`
        : "A confirmation is on its way by e-mail, and it stands in the chat too."}
    </p>
    <${Card} icon="box" title=${`Order ${receipt.order_id}`} status=${status} facts=${facts} />
    ${guest && html`<p class="ending__hint">Ask “where is my order” in the chat at any time: we send a code to your e-mail address first.</p>`}
    <p class="ending__ways"><a class="button button--primary" href="/chat">Back to the chat</a></p>
  </main>`;
}
