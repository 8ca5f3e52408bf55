// In the demo shop: its customers, to sign in as one with a click.
// @ts-check
import { html, useEffect, useState } from "../../design/html.js";
import { Avatar } from "../../design/components/avatar.js";
import { Badge } from "../../design/components/badge.js";
import { demoCustomers } from "../api.js";

const SHOWN = 6;

/** @typedef {import("../api.js").DemoCustomer} DemoCustomer */

/** @param {number} count */
const ordersInWords = (count) => (count === 1 ? "1 order" : `${count} orders`);

/** @param {{busy: string, onChoose: (person: DemoCustomer) => void}} props */
export function DemoCustomers({ busy, onChoose }) {
  const [people, setPeople] = useState(/** @type {DemoCustomer[]} */ ([]));
  const [all, setAll] = useState(false);
  useEffect(() => {
    let wanted = true;
    demoCustomers().then((list) => wanted && setPeople(list));
    return () => {
      wanted = false;
    };
  }, []);
  if (people.length === 0) return null;
  const shown = all ? people : people.slice(0, SHOWN);
  return html`<section class="demo" aria-labelledby="demo-title">
    <h2 id="demo-title">Demo shop: sign in as</h2>
    <ul class="demo__list">
      ${shown.map(
        (person) => html`<li key=${person.customer_id}>
          <button
            type="button"
            class="demo__person"
            data-testid=${`demo-customer-${person.customer_id}`}
            aria-busy=${busy === person.customer_id ? "true" : undefined}
            onClick=${() => onChoose(person)}
          >
            <${Avatar} name=${person.name} />
            <span class="demo__who">
              <b>${person.name}</b>
              <small>${ordersInWords(person.orders)} · ${person.customer_id}</small>
            </span>
            <${Badge} tone="brand">${person.account_type}<//>
          </button>
        </li>`,
      )}
    </ul>
    ${people.length > shown.length &&
    html`<button type="button" class="button button--plain button--small" onClick=${() => setAll(true)}>
      Show all ${people.length}
    </button>`}
  </section>`;
}
