// The notice at the start of a conversation: who answers, and how to reach a person.
// @ts-check
import { html } from "../../design/html.js";
import { SHOP } from "../shop.js";

export function StartNotice() {
  return html`<p class="start" data-testid="start-notice">
    You are talking to ${SHOP}’s automatic assistant. It sees your orders only after you sign in, and never asks for a
    password here. Write <b>“agent”</b> at any time to reach a person.
  </p>`;
}
