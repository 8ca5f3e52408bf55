// Start of the chat page.
// @ts-check
import { html, render } from "../design/html.js";
import { begin } from "./chat.js";
import { embedded } from "./embed.js";
import { App } from "./views/app.js";

document.documentElement.classList.toggle("is-embedded", embedded);
begin();
render(html`<${App} />`, /** @type {HTMLElement} */ (document.getElementById("app")));
