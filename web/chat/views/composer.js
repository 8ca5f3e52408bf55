// Where the customer writes: grows with the text, Enter sends, Shift+Enter breaks the line, 4,000 characters.
// @ts-check
import { classes, html, useEffect, useLayoutEffect, useRef, useState } from "../../design/html.js";
import { Button } from "../../design/components/button.js";
import { send } from "../chat.js";

const LIMIT = 4000;
const NEAR = 400;

/** @param {number} left */
function countInWords(left) {
  const count = Math.abs(left);
  return `${count} ${count === 1 ? "character" : "characters"} ${left < 0 ? "too many" : "left"}`;
}

export function Composer() {
  const [text, setText] = useState("");
  const field = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const left = LIMIT - (text.length > LIMIT - NEAR ? [...text].length : text.length);
  const sendable = text.trim() !== "" && left >= 0;

  useEffect(() => {
    // on a touch screen the focus would open the keyboard over the greeting
    const touch = !matchMedia("(hover: hover)").matches;
    const log = /** @type {HTMLElement | null} */ (document.querySelector("[data-testid=log]"));
    (touch ? log : field.current)?.focus({ preventScroll: true });
  }, []);

  useLayoutEffect(() => {
    const area = field.current;
    if (!area || CSS.supports("field-sizing", "content")) return;
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight}px`;
  }, [text]);

  const submit = () => {
    if (!sendable) return;
    send(text.trim());
    setText("");
    field.current?.focus();
  };
  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit();
  };
  return html`<form
    class="composer"
    onSubmit=${(/** @type {Event} */ event) => {
      event.preventDefault();
      submit();
    }}
  >
    <div class=${classes("composer__box", left < 0 && "is-over")}>
      <label class="visually-hidden" for="message-input">Message</label>
      <textarea
        id="message-input"
        class="input input--area"
        rows="1"
        placeholder="Write a message"
        enterkeyhint="send"
        autocomplete="off"
        ref=${field}
        value=${text}
        aria-describedby="message-hint"
        aria-invalid=${left < 0 ? "true" : undefined}
        onInput=${(/** @type {any} */ event) => setText(event.target.value)}
        onKeyDown=${onKeyDown}
        data-testid="message-input"
      ></textarea>
      <${Button}
        type="submit"
        class="composer__send"
        icon="send"
        label="Send"
        disabled=${!sendable}
        data-testid="message-send"
      />
    </div>
    <p class="composer__foot">
      <span id="message-hint" class="composer__hint">Enter sends, Shift + Enter starts a new line</span>
      ${left < NEAR &&
      html`<span class=${classes("composer__count", left < 0 && "is-over")} role="status" data-testid="message-count">
        ${countInWords(left)}
      </span>`}
    </p>
  </form>`;
}
