// The page: whom one plays, a phone, a mailbox and the vendors; beside each other, or as tabs where the screen is narrow.
// @ts-check
import { Button } from "../../design/components/button.js";
import { Note } from "../../design/components/note.js";
import { Toasts } from "../../design/components/toast.js";
import { html, useEffect, useState } from "../../design/html.js";
import { dismiss, set, useStore } from "../store.js";
import { Calls } from "./calls.js";
import { Mailbox } from "./mailbox.js";
import { People } from "./people.js";
import { Texts } from "./texts.js";
import { Vendors } from "./vendors.js";

const TABS = [
  ["texts", "SMS"],
  ["whatsapp", "WhatsApp"],
  ["call", "Call"],
  ["mail", "Mail"],
];

export function App() {
  const { ready, online, tab, info, toasts } = useStore();
  const wide = useWide();
  const phone = wide && tab === "mail" ? "texts" : tab;
  return html`<header class="top">
      <div class="top__title">
        <img src="/static/design/art/mark.svg" alt="" width="32" height="32" />
        <div>
          <h1>Simulator</h1>
          <p>A phone and a mailbox that reach ${info?.shop ?? "the shop"} through its real connectors, without any account.</p>
        </div>
      </div>
      <${ThemeButton} />
    </header>
    <main class="desk">
      ${!online && html`<${Note} tone="danger" role="status">The simulator does not answer; trying again …<//>`}
      ${ready &&
      html`<${People} />
        <nav class="tabs" aria-label="Channels">
          ${TABS.filter(([name]) => !wide || name !== "mail").map(
            ([name, label]) => html`<button
              key=${name}
              type="button"
              class="tabs__tab"
              aria-pressed=${String(phone === name)}
              data-testid=${`tab-${name}`}
              onClick=${() => set({ tab: name })}
            >
              ${label}
            </button>`,
          )}
        </nav>
        ${phone !== "mail" &&
        html`<section class=${`device device--phone ${phone === "call" ? "device--call" : ""}`} aria-label="Phone">
          ${phone === "call" ? html`<${Calls} />` : html`<${Texts} key=${phone} whatsapp=${phone === "whatsapp"} />`}
        </section>`}
        ${(wide || phone === "mail") && html`<section class="device device--mail" aria-label="Mailbox"><${Mailbox} /></section>`}
        <${Vendors} />`}
    </main>
    <${Toasts} toasts=${toasts} onClose=${dismiss} />`;
}

function ThemeButton() {
  const [, again] = useState(0);
  const dark = document.documentElement.dataset.theme === "dark";
  const toggle = () => {
    /** @type {any} */ (window).closerTheme.toggle();
    again((count) => count + 1);
  };
  return html`<${Button} kind="icon" icon=${dark ? "sun" : "moon"} label=${dark ? "Light" : "Dark"} onClick=${toggle} />`;
}

/** Whether phone and mailbox have room beside each other. */
function useWide() {
  const query = matchMedia("(min-width: 60rem)");
  const [wide, setWide] = useState(query.matches);
  useEffect(() => {
    const change = () => setWide(query.matches);
    query.addEventListener("change", change);
    return () => query.removeEventListener("change", change);
  }, []);
  return wide;
}
