// The phone's messages: SMS with pictures, or WhatsApp.
// @ts-check
import { Bubble } from "../../design/components/bubble.js";
import { Button } from "../../design/components/button.js";
import { html, useLayoutEffect, useRef, useState } from "../../design/html.js";
import { useStore, write } from "../store.js";
import { Linked, moment } from "./words.js";

const TYPES = "image/jpeg,image/png,image/gif,image/webp,application/pdf";

/** @param {{whatsapp: boolean}} props */
export function Texts({ whatsapp }) {
  const { info, person, messages } = useStore();
  const address = whatsapp ? `whatsapp:${person.number}` : person.number;
  const shown = [...messages.values()]
    .filter((message) => message.channel === "sms" && message.address === address)
    .sort((one, other) => one.at.localeCompare(other.at));
  const end = useRef(/** @type {HTMLElement | null} */ (null));
  useLayoutEffect(() => {
    if (end.current) end.current.scrollTop = end.current.scrollHeight;
  }, [shown.length]);
  return html`<div class="device__head">
      <h2>${info.shop}</h2>
      <p>${whatsapp ? `WhatsApp ${info.whatsapp}` : info.number}</p>
    </div>
    <ol class="texts" role="log" aria-label="Messages" tabindex="0" ref=${end} data-testid="texts">
      ${shown.length === 0 &&
      html`<li class="empty">Write something, for example “where is my order” or “track order 12345”.</li>`}
      ${shown.map((message) => html`<${Text} key=${message.id} message=${message} />`)}
    </ol>
    <${Composer} whatsapp=${whatsapp} />`;
}

/** @param {{message: import("../store.js").Message}} props */
function Text({ message }) {
  return html`<li
    class=${`texts__item ${message.incoming ? "is-own" : ""}`}
    data-testid="text"
    data-from=${message.incoming ? "me" : "shop"}
    data-state=${message.state}
  >
    <${Bubble} from=${message.incoming ? "own" : "assistant"} tail=${message.incoming ? "end" : "start"}>
      <span class="visually-hidden">${message.incoming ? "You: " : message.state === "from the carrier" ? "Carrier: " : "Shop: "}</span>
      <${Linked} text=${message.text} />
      ${message.media.map((url) => html`<${Medium} key=${url} url=${url} />`)}
    <//>
    <small>${moment(message.at)} · ${message.state}</small>
  </li>`;
}

/** @param {{url: string}} props */
function Medium({ url }) {
  const [broken, setBroken] = useState(false);
  if (broken) return html`<a href=${url} target="_blank" rel="noreferrer">Attached file</a>`;
  return html`<img class="texts__picture" src=${url} alt="Attached picture" onError=${() => setBroken(true)} />`;
}

/** @param {{whatsapp: boolean}} props */
function Composer({ whatsapp }) {
  const [text, setText] = useState("");
  const [files, setFiles] = useState(/** @type {File[]} */ ([]));
  const [busy, setBusy] = useState(false);
  const send = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    if (busy || (!text.trim() && files.length === 0)) return;
    setBusy(true);
    const sent = await write({ text, whatsapp, files });
    setBusy(false);
    if (!sent) return;
    setText("");
    setFiles([]);
  };
  return html`<form class="composer" onSubmit=${send}>
    <label class="button button--icon composer__file" title="Add a picture or file">
      <span class="visually-hidden">Add a picture or file</span><span aria-hidden="true">+</span>
      <input
        class="visually-hidden"
        type="file"
        accept=${TYPES}
        multiple
        data-testid="text-file"
        onChange=${(/** @type {any} */ event) => setFiles([...event.target.files].slice(0, 10))}
      />
    </label>
    <div class="composer__main">
      ${files.length > 0 && html`<small>${files.map((file) => file.name).join(", ")}</small>`}
      <input
        class="input"
        aria-label="Message"
        placeholder="Message"
        maxlength="1600"
        autocomplete="off"
        value=${text}
        data-testid="text-input"
        onInput=${(/** @type {any} */ event) => setText(event.target.value)}
      />
    </div>
    <${Button} kind="primary" icon="send" type="submit" aria-label="Send" busy=${busy} data-testid="text-send" />
  </form>`;
}
