// The vendors that the simulator plays: well, slow or failing, and whom the carrier blocks.
// @ts-check
import { Select } from "../../design/components/select.js";
import { html } from "../../design/html.js";
import { setMood, useStore } from "../store.js";

const MOODS = [
  { value: "well", label: "works" },
  { value: "slow", label: "is slow (2 s)" },
  { value: "busy", label: "refuses: too many requests (429)" },
  { value: "down", label: "fails (503)" },
  { value: "lost", label: "accepts, then does not deliver" },
];

export function Vendors() {
  const { info } = useStore();
  const blocked = info.blocked.join(", ");
  return html`<details class="vendors" data-testid="vendors">
    <summary>When something fails</summary>
    <div class="vendors__choices">
      <${Select}
        label="Twilio (texts)"
        options=${MOODS}
        value=${info.moods.twilio}
        data-testid="mood-twilio"
        onChange=${(/** @type {any} */ event) => setMood("twilio", event.target.value)}
      />
      <${Select}
        label="SendGrid (mail)"
        options=${MOODS}
        value=${info.moods.sendgrid}
        data-testid="mood-sendgrid"
        onChange=${(/** @type {any} */ event) => setMood("sendgrid", event.target.value)}
      />
    </div>
    <p data-testid="blocked">
      ${blocked ? `Opted out at the carrier: ${blocked}. Text START to end that.` : "Text STOP to opt out, START to come back."}
    </p>
  </details>`;
}
