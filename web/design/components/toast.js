// Toasts: passing remarks, announced politely, gone after a while or on request.
// @ts-check
import { classes, html, useEffect } from "../html.js";
import { Icon } from "../icons.js";
import { Button } from "./button.js";

const SHOWN_MS = 7000;

/** @typedef {{id: number, text: string, tone?: "info" | "danger"}} Toast */

/** @param {{toast: Toast, onClose: (id: number) => void}} props */
function ToastItem({ toast, onClose }) {
  useEffect(() => {
    const timer = setTimeout(() => onClose(toast.id), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [toast.id]);
  return html`<div class=${classes("toast", toast.tone === "danger" && "toast--danger")}>
    <${Icon} name=${toast.tone === "danger" ? "alert" : "info"} />
    <p>${toast.text}</p>
    <${Button} kind="icon" icon="close" label="Dismiss" onClick=${() => onClose(toast.id)} />
  </div>`;
}

/** @param {{toasts: Toast[], onClose: (id: number) => void}} props */
export function Toasts({ toasts, onClose }) {
  return html`<div class="toasts" role="status" aria-live="polite" data-testid="toasts">
    ${toasts.map((toast) => html`<${ToastItem} key=${toast.id} toast=${toast} onClose=${onClose} />`)}
  </div>`;
}
