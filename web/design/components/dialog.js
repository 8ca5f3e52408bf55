// Dialog: the browser's own modal <dialog>, which keeps the focus inside, closes on Escape and gives the focus back.
// @ts-check
import { html, useEffect, useId, useRef } from "../html.js";

/**
 * @param {{open: boolean, title: string, onClose: () => void, actions: unknown, children?: unknown} & Record<string, any>} props
 */
export function Dialog({ open, title, onClose, actions, children, ...rest }) {
  const ref = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const id = useId();
  useEffect(() => {
    const dialog = ref.current;
    if (!dialog) return;
    if (open && !dialog.open) dialog.showModal();
    if (!open && dialog.open) dialog.close();
  }, [open]);
  return html`<dialog ...${rest} ref=${ref} class="dialog" aria-labelledby=${id} onClose=${onClose}>
    ${open && html`<h2 id=${id}>${title}</h2>${children}<div class="dialog__actions">${actions}</div>`}
  </dialog>`;
}
