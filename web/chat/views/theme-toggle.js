// The switch between light and dark.
// @ts-check
import { html, useEffect, useState } from "../../design/html.js";
import { Button } from "../../design/components/button.js";

/** @type {{get: () => string, toggle: () => void}} */
const theme = /** @type {any} */ (window).closerTheme;

/** @param {{class?: string}} props */
export function ThemeToggle(props) {
  const [now, setNow] = useState(theme.get());
  useEffect(() => {
    const read = () => setNow(theme.get());
    addEventListener("closer-theme", read);
    return () => removeEventListener("closer-theme", read);
  }, []);
  const label = now === "dark" ? "Switch to light colours" : "Switch to dark colours";
  return html`<${Button}
    ...${props}
    kind="icon"
    icon=${now === "dark" ? "sun" : "moon"}
    label=${label}
    data-testid="theme-toggle"
    onClick=${() => theme.toggle()}
  />`;
}
