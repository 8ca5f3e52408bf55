// The design system on one page: every token and component, in the theme of the moment, for those who build pages with it.
// @ts-check
import { Avatar } from "./components/avatar.js";
import { Badge } from "./components/badge.js";
import { Bubble, TypingBubble } from "./components/bubble.js";
import { Button } from "./components/button.js";
import { Card } from "./components/card.js";
import { Choices } from "./components/choice.js";
import { Dialog } from "./components/dialog.js";
import { Field } from "./components/input.js";
import { Note } from "./components/note.js";
import { Select } from "./components/select.js";
import { Toasts } from "./components/toast.js";
import { html, render, useState } from "./html.js";

const COLOURS = [
  ...["canvas", "surface", "surface-sunken", "line", "line-strong", "ink", "ink-soft", "ink-faint", "brand", "brand-soft"],
  ...["own", "agent", "glow", "focus", "info-soft", "success-soft", "warning-soft", "danger-soft"],
];
/** @type {{toggle: () => void}} */
const theme = /** @type {any} */ (window).closerTheme;

/** @param {{title: string, children?: unknown}} props */
const Part = ({ title, children }) => html`<section><h2>${title}</h2>${children}</section>`;

function Guide() {
  const [asked, setAsked] = useState(false);
  const [toasts, setToasts] = useState(/** @type {import("./components/toast.js").Toast[]} */ ([]));
  const close = () => setAsked(false);
  return html`<main class="guide">
    <header>
      <h1>Design system</h1>
      <${Button} kind="quiet" onClick=${theme.toggle}>Light or dark<//>
    </header>
    <${Part} title="Colours">
      <div class="guide__swatches">
        ${COLOURS.map(
          (name) => html`<div class="guide__swatch" key=${name}><i style=${{ background: `var(--${name})` }}></i>--${name}</div>`,
        )}
      </div>
    <//>
    <${Part} title="Button">
      <div class="guide__row">
        <${Button}>Primary<//><${Button} kind="quiet">Quiet<//><${Button} kind="plain">Plain<//>
        <${Button} kind="danger" icon="alert">Danger<//><${Button} kind="choice" small>Choice<//>
        <${Button} kind="choice" small chosen disabled>Chosen<//><${Button} busy>Busy<//><${Button} disabled>Disabled<//>
        <${Button} kind="icon" icon="search" label="Search" />
      </div>
    <//>
    <${Part} title="Badge and avatar">
      <div class="guide__row">
        ${["neutral", "brand", "info", "success", "warning", "danger"].map(
          (tone) => html`<${Badge} key=${tone} tone=${tone}>${tone}<//>`,
        )}
        <${Avatar} kind="assistant" /><${Avatar} kind="agent" /><${Avatar} name="Ada Bergström" /><${Avatar} />
      </div>
    <//>
    <${Part} title="Bubble">
      <${Bubble} tail="start">Assistant<//><${Bubble} from="agent" tail="start">Person of the shop<//>
      <${Bubble} from="own" tail="end">Customer<//><${Bubble} from="own" state="failed">Customer, not sent<//>
      <${TypingBubble} />
    <//>
    <${Part} title="Card">
      <${Card}
        icon="box"
        title="Order 4471"
        subtitle="Birch table lamp"
        status=${{ label: "Status", value: "Shipped", tone: "info" }}
        facts=${[{ label: "Total", value: "€ 89.00" }]}
        actions=${html`<${Button} small>Track<//>`}
      />
    <//>
    <${Part} title="Input">
      <${Field} label="E-mail" hint="As in your orders" /><${Field} label="Phone" error="This number is too short." />
      <${Select} label="Country" options=${[{ value: "NO", label: "Norway" }]} />
      <${Choices}
        legend="Delivery"
        name="guide-delivery"
        value="standard"
        onChoose=${() => {}}
        choices=${[
          { value: "standard", title: "Standard", note: "3 to 5 days", end: "$4.95" },
          { value: "express", title: "Express", note: "1 or 2 days", end: "$14.95" },
        ]}
      />
      <${Note}>Good to know.<//><${Note} tone="success">Done.<//><${Note} tone="danger">That went wrong.<//>
    <//>
    <${Part} title="Dialog and toast">
      <div class="guide__row">
        <${Button} kind="quiet" onClick=${() => setAsked(true)}>Ask<//>
        <${Button} kind="quiet" onClick=${() => setToasts([{ id: Date.now(), text: "Saved." }])}>Remark<//>
      </div>
    <//>
    <${Dialog} open=${asked} title="Sure?" onClose=${close} actions=${html`<${Button} onClick=${close}>Yes<//>`}>
      <p>This is a question that must be answered first.</p>
    <//>
    <${Toasts} toasts=${toasts} onClose=${() => setToasts([])} />
  </main>`;
}

render(html`<${Guide} />`, /** @type {HTMLElement} */ (document.getElementById("app")));
