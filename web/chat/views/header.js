// Header of the conversation: who answers, whether we are connected, who is signed in, theme, sign out.
// @ts-check
import { html, useState } from "../../design/html.js";
import { Avatar } from "../../design/components/avatar.js";
import { Button } from "../../design/components/button.js";
import { Dialog } from "../../design/components/dialog.js";
import { showSignIn, signOut } from "../chat.js";
import { closeWidget, embedded } from "../embed.js";
import { SHOP } from "../shop.js";
import { get, useChat } from "../store.js";
import { ThemeToggle } from "./theme-toggle.js";

/** @type {Record<import("../types.js").LinkState, string>} */
const LINK_WORDS = {
  connecting: "Connecting…",
  online: "Online",
  polling: "Online, slow connection",
  waiting: "Reconnecting…",
  offline: "You are offline",
};

/** What would be lost by signing out now; empty when nothing. */
function lossOf() {
  const { session, entries, outgoing } = get();
  if (outgoing.some((item) => item.state !== "sent")) return "A message has not been sent yet. It will be lost.";
  if (!session?.customer && entries.length > 0) return "You are a guest: this conversation cannot be opened again afterwards, unless you sign in and take it along.";
  return "";
}

export function Header() {
  const link = useChat((state) => state.link.state);
  const customer = useChat((state) => state.session?.customer ?? null);
  const [, first, family] = /^(\S*)(.*)$/s.exec(customer?.name.trim() ?? "") ?? [];
  const [loss, setLoss] = useState("");
  const leave = () => {
    const lost = lossOf();
    if (lost) setLoss(lost);
    else signOut();
  };
  return html`<header class="header">
    <${Avatar} kind="assistant" large />
    <div class="header__who">
      <h1>${SHOP}</h1>
      <p class="link" data-testid="connection-state" data-state=${link}>
        <span class="link__dot" aria-hidden="true"></span>${LINK_WORDS[link]}
      </p>
    </div>
    ${customer
      ? html`<p class="header__customer">
          <span class="visually-hidden">Signed in as </span>
          <span data-testid="signed-in-as">${first}<span class="header__family">${family}</span></span>
        </p>`
      : html`<${Button} kind="quiet" small data-testid="guest-signin" onClick=${() => showSignIn(true)}>Sign in<//>`}
    <${ThemeToggle} />
    <${Button} kind="icon" icon="leave" label=${customer ? "Sign out" : "End chat"} data-testid="sign-out" onClick=${leave} />
    ${embedded && html`<${Button} kind="icon" icon="close" label="Close chat" data-testid="widget-close" onClick=${closeWidget} />`}
    <${Dialog}
      open=${loss !== ""}
      title=${customer ? "Sign out now?" : "End this chat?"}
      onClose=${() => setLoss("")}
      data-testid="sign-out-dialog"
      actions=${html`
        <${Button} kind="quiet" onClick=${() => setLoss("")}>Stay<//>
        <${Button} data-testid="sign-out-confirm" onClick=${signOut}>${customer ? "Sign out" : "End chat"}<//>
      `}
    >
      <p>${loss}</p>
    <//>
  </header>`;
}
