// The whole page: sign-in panel or conversation, and passing remarks over both.
// @ts-check
import { html } from "../../design/html.js";
import { Toasts } from "../../design/components/toast.js";
import { closeToast } from "../chat.js";
import { useChat } from "../store.js";
import { Aside } from "./aside.js";
import { Banner } from "./banner.js";
import { Composer } from "./composer.js";
import { Conversation } from "./conversation.js";
import { Header } from "./header.js";
import { SignIn } from "./signin.js";

export function App() {
  const signedIn = useChat((state) => state.session !== null && !state.joining);
  const toasts = useChat((state) => state.toasts);
  return html`
    ${signedIn
      ? html`<div class="shell">
          <${Aside} />
          <main class="chat">
            <${Header} />
            <${Banner} />
            <${Conversation} />
            <${Composer} />
          </main>
        </div>`
      : html`<${SignIn} />`}
    <${Toasts} toasts=${toasts} onClose=${closeToast} />
  `;
}
