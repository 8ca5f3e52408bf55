// Start of the simulator page.
// @ts-check
import { html, render } from "../design/html.js";
import { begin } from "./store.js";
import { App } from "./views/app.js";

begin();
render(html`<${App} />`, /** @type {HTMLElement} */ (document.getElementById("app")));
