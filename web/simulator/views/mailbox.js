// The mailbox: what came and went, one mail opened, and a form to write or answer.
// @ts-check
import { Button } from "../../design/components/button.js";
import { Field } from "../../design/components/input.js";
import { html, useState } from "../../design/html.js";
import { act, mail, useStore } from "../store.js";
import { Linked, moment } from "./words.js";

/** @typedef {import("../store.js").Message} Message */

export function Mailbox() {
  const { info, person, messages } = useStore();
  const [view, setView] = useState(/** @type {{open?: string, answers?: Message | null, writes?: boolean}} */ ({}));
  const shown = [...messages.values()]
    .filter((message) => message.channel === "email")
    .sort((one, other) => other.at.localeCompare(one.at));
  const opened = view.open ? messages.get(view.open) : undefined;
  const open = (/** @type {Message} */ message) => {
    setView({ open: message.id });
    if (!message.incoming && message.state === "delivered") void act(message.id, "open");
  };
  return html`<div class="device__head device__head--mail">
      <div>
        <h2>Mailbox</h2>
        <p>${person.mail}</p>
      </div>
      <${Button} kind="quiet" small onClick=${() => setView({ writes: true, answers: null })} data-testid="mail-new">New mail<//>
    </div>
    ${view.writes
      ? html`<${Letter} key=${view.answers?.id ?? "new"} answers=${view.answers ?? null} to=${info.mail} done=${() => setView({})} />`
      : opened
        ? html`<${Opened} message=${opened} back=${() => setView({})} reply=${() => setView({ writes: true, answers: opened })} />`
        : html`<${List} shown=${shown} open=${open} />`}`;
}

/** @param {{shown: Message[], open: (message: Message) => void}} props */
function List({ shown, open }) {
  if (shown.length === 0) return html`<p class="empty">No mail yet. Write to the shop, or let it write to you.</p>`;
  return html`<ul class="mails" data-testid="mails">
    ${shown.map(
      (message) => html`<li key=${message.id}>
        <button
          type="button"
          class="mails__item"
          data-testid="mail"
          data-from=${message.incoming ? "me" : "shop"}
          data-state=${message.state}
          onClick=${() => open(message)}
        >
          <span class="mails__who">${message.incoming ? "You" : message.headers.From}</span>
          <span class="mails__when">${moment(message.at)} · ${message.state}</span>
          <b class="mails__subject">${message.subject || "(no subject)"}</b>
          <span class="mails__text">${message.text.slice(0, 120)}</span>
        </button>
      </li>`,
    )}
  </ul>`;
}

/** @param {{message: Message, back: () => void, reply: () => void}} props */
function Opened({ message, back, reply }) {
  return html`<article class="mail" data-testid="mail-open" aria-label=${message.subject}>
    <div class="mail__actions">
      <${Button} kind="plain" small icon="back" onClick=${back}>All mails<//>
      ${!message.incoming &&
      html`<${Button} kind="primary" small onClick=${reply} data-testid="mail-reply">Reply<//>
        <${Button} kind="quiet" small onClick=${() => act(message.id, "spamreport")}>Spam<//>
        <${Button} kind="quiet" small onClick=${() => act(message.id, "unsubscribe")}>Unsubscribe<//>`}
    </div>
    <h3>${message.subject || "(no subject)"}</h3>
    <p class="mail__text" data-testid="mail-text"><${Linked} text=${message.text} /></p>
    ${message.files.length > 0 && html`<p>Attached: ${message.files.join(", ")}</p>`}
    ${message.has_html &&
    html`<details>
      <summary>As HTML</summary>
      <iframe class="mail__html" title="The mail as HTML" sandbox="allow-popups" src=${`/api/mails/${message.id}/html`}></iframe>
    </details>`}
    <details data-testid="mail-headers">
      <summary>Headers</summary>
      <dl class="mail__headers">
        ${Object.entries(message.headers).map(([name, value]) => html`<dt key=${name}>${name}</dt><dd>${value}</dd>`)}
      </dl>
    </details>
  </article>`;
}

/** @param {{answers: Message | null, to: string, done: () => void}} props */
function Letter({ answers, to, done }) {
  const before = answers?.subject ?? "";
  const [subject, setSubject] = useState(before && !/^re:/i.test(before) ? `Re: ${before}` : before);
  const [text, setText] = useState("");
  const [files, setFiles] = useState(/** @type {File[]} */ ([]));
  const [busy, setBusy] = useState(false);
  const send = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    setBusy(true);
    const sent = await mail({ subject, text, reply_to: answers?.id ?? null, files });
    setBusy(false);
    if (sent) done();
  };
  return html`<form class="letter" onSubmit=${send}>
    <p>To: ${to}</p>
    <${Field}
      label="Subject"
      value=${subject}
      maxlength="300"
      data-testid="mail-subject"
      onInput=${(/** @type {any} */ event) => setSubject(event.target.value)}
    />
    <label class="field">
      <span class="field__label">Text</span>
      <textarea
        class="input letter__text"
        rows="8"
        required
        value=${text}
        data-testid="mail-words"
        onInput=${(/** @type {any} */ event) => setText(event.target.value)}
      ></textarea>
    </label>
    <label class="field">
      <span class="field__label">Attachments</span>
      <input type="file" multiple onChange=${(/** @type {any} */ event) => setFiles([...event.target.files].slice(0, 10))} />
    </label>
    ${answers && html`<p class="field__hint">The mail that you answer is quoted below your text.</p>`}
    <div class="mail__actions">
      <${Button} type="submit" busy=${busy} data-testid="mail-send">Send<//>
      <${Button} kind="quiet" onClick=${done}>Cancel<//>
    </div>
  </form>`;
}
