// Record cards of an entry: orders, products, tickets, invoices, refunds; several products lie in a row to swipe.
// @ts-check
import { classes, html } from "../../design/html.js";
import { toneOf } from "../../design/components/badge.js";
import { Card } from "../../design/components/card.js";
import { CardActions } from "./choices.js";
import { Steps } from "./steps.js";

/** @type {Record<string, string>} */
const ICONS = { order: "box", product: "tag", ticket: "ticket", invoice: "receipt", refund: "refund" };

/** The fact that names the record's state goes to the card's head. @param {import("../types.js").Fact[]} facts */
function splitStatus(facts) {
  const index = facts.findIndex((fact) => /^(status|state|availability)$/i.test(fact.label));
  if (index < 0) return { status: null, rest: facts };
  const status = { ...facts[index], tone: toneOf(facts[index].value) };
  return { status, rest: facts.filter((_, place) => place !== index) };
}

/** @param {{entry: import("../types.js").Entry}} props */
export function Cards({ entry }) {
  const { cards, steps, id } = entry;
  const row = cards.length > 1 && cards.every((card) => card.kind === "product");
  const stepsInside = cards.length === 1;
  return html`<div
    class=${classes("cards", row && "cards--row")}
    role=${row ? "group" : undefined}
    aria-label=${row ? "Products" : undefined}
    tabindex=${row ? 0 : undefined}
  >
    ${cards.map((card, place) => {
      const { status, rest } = splitStatus(card.facts);
      return html`<${Card}
        key=${place}
        title=${card.title}
        subtitle=${card.subtitle}
        icon=${ICONS[card.kind] ?? "info"}
        image=${card.image}
        tall=${card.kind === "product" && card.image !== null}
        status=${status}
        facts=${rest}
        actions=${card.buttons.length > 0 &&
        html`<${CardActions} entryId=${id} place=${place} choices=${card.buttons} />`}
        data-testid="card"
        data-kind=${card.kind}
      >
        ${stepsInside && steps.length > 0 && html`<${Steps} steps=${steps} />`}
      <//>`;
    })}
    ${!stepsInside && steps.length > 0 && html`<div class="card card__more"><${Steps} steps=${steps} /></div>`}
  </div>`;
}
