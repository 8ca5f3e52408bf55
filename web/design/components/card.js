// Card: picture or glyph, title, status, subtitle, facts, anything more, actions.
// @ts-check
import { classes, html } from "../html.js";
import { Icon } from "../icons.js";
import { Badge } from "./badge.js";

/**
 * @typedef {object} CardProps
 * @property {string} title
 * @property {string | null} [subtitle]
 * @property {string} [icon] glyph when there is no picture
 * @property {{url: string, alt: string} | null} [image]
 * @property {boolean} [tall] picture on top, full width (a product in a row of products)
 * @property {{label: string, value: string, tone?: string} | null} [status]
 * @property {{label: string, value: string}[]} [facts]
 * @property {unknown} [actions]
 * @property {unknown} [children] shown between the facts and the actions
 */

/** @param {CardProps & Record<string, any>} props */
export function Card({ title, subtitle, icon, image, tall, status, facts = [], actions, children, class: extra, ...rest }) {
  const lead = image
    ? html`<img class="card__thumb" src=${image.url} alt=${image.alt} loading="lazy" />`
    : icon && html`<span class="card__glyph"><${Icon} name=${icon} /></span>`;
  return html`<article ...${rest} class=${classes("card", tall && "card--tall", extra)} aria-label=${title}>
    ${tall && image && html`<img class="card__picture" src=${image.url} alt=${image.alt} loading="lazy" />`}
    <div class="card__head">
      ${!tall && lead}
      <h3 class="card__title">${title}</h3>
      ${status
        ? html`<${Badge} tone=${status.tone} class="card__status">
            <span class="visually-hidden">${status.label}: </span>${status.value}
          <//>`
        : !tall && html`<span></span>`}
      ${subtitle && html`<p class="card__subtitle">${subtitle}</p>`}
    </div>
    ${facts.length > 0 &&
    html`<dl class="card__facts">
      ${facts.map(
        (fact) => html`<div class="card__fact" key=${fact.label}>
          <dt>${fact.label}</dt>
          <dd>${fact.value}</dd>
        </div>`,
      )}
    </dl>`}
    ${children && html`<div class="card__more">${children}</div>`}
    ${actions && html`<div class="card__actions">${actions}</div>`}
  </article>`;
}
