// Start of the checkout: the token is what stands behind the #; a link opened in the same tab begins anew.
// @ts-check
import { html, render } from "../design/html.js";
import { App } from "./views/app.js";

addEventListener("hashchange", () => location.reload());
render(html`<${App} token=${location.hash.slice(1)} />`, /** @type {HTMLElement} */ (document.getElementById("app")));
