// A call: what is said as text (and aloud, if wanted), a keypad, and words spoken or typed.
// @ts-check
import { Button } from "../../design/components/button.js";
import { html, useLayoutEffect, useRef, useState } from "../../design/html.js";
import { canListen, canSpeak, hear, hush } from "../speech.js";
import { answer, colleague, dial, hangUp, set, useStore } from "../store.js";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];
const STATES = { busy: "…", listening: "Your turn", dialling: "Calling a colleague", ended: "The call has ended" };
const WHO = { assistant: "Shop", caller: "You", colleague: "Told to the colleague", note: "" };

export function Calls() {
  const { info, call } = useStore();
  const going = call !== null && call.state !== "ended";
  return html`<div class="device__head">
      <h2>${info.shop}</h2>
      <p data-testid="call-state" data-state=${call?.state ?? "none"} role="status">
        ${call ? STATES[/** @type {keyof typeof STATES} */ (call.state)] : info.number}
      </p>
    </div>
    <${Said} />
    ${call?.state === "dialling" && html`<${ColleagueButtons} dials=${call.dials} />`}
    ${going ? html`<${Speaker} listening=${call.state === "listening"} />` : html`<${Dialler} />`}`;
}

function Said() {
  const { call } = useStore();
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  useLayoutEffect(() => {
    if (list.current) list.current.scrollTop = list.current.scrollHeight;
  }, [call?.said.length]);
  return html`<ol class="said" role="log" aria-label="What is said" tabindex="0" ref=${list} data-testid="said">
    ${!call && html`<li class="empty">Call the shop: everything that is said also stands here.</li>`}
    ${call?.said.map(
      (line, index) => html`<li key=${index} class=${`said__line said__line--${line.who}`} data-who=${line.who}>
        ${WHO[/** @type {keyof typeof WHO} */ (line.who)] && html`<b>${WHO[/** @type {keyof typeof WHO} */ (line.who)]}</b>`}
        <span>${line.text}</span>
      </li>`,
    )}
  </ol>`;
}

function Dialler() {
  const { aloud } = useStore();
  const [hidden, setHidden] = useState(false);
  return html`<div class="dialler">
    ${canSpeak && html`<${Check} label="Speak aloud" on=${aloud} change=${(/** @type {boolean} */ on) => set({ aloud: on })} />`}
    <${Check} label="Hide my number" on=${hidden} change=${setHidden} />
    <${Button} icon="phone" wide onClick=${() => dial(hidden)} data-testid="call-dial">Call<//>
  </div>`;
}

/** @param {{label: string, on: boolean, change: (on: boolean) => void}} props */
function Check({ label, on, change }) {
  return html`<label class="check">
    <input type="checkbox" checked=${on} onChange=${(/** @type {any} */ event) => change(event.target.checked)} />
    <span>${label}</span>
  </label>`;
}

/** @param {{dials: string}} props */
function ColleagueButtons({ dials }) {
  return html`<div class="colleague">
    <p>The phone of the team rings (${dials}).</p>
    <${Button} kind="quiet" small onClick=${() => colleague(true)} data-testid="colleague-yes">Answer and talk<//>
    <${Button} kind="quiet" small onClick=${() => colleague(false)} data-testid="colleague-no">Let it ring<//>
  </div>`;
}

/** @param {{listening: boolean}} props */
function Speaker({ listening }) {
  const [words, setWords] = useState("");
  const [keys, setKeys] = useState("");
  const [unclear, setUnclear] = useState(false);
  const say = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    if (!words.trim() || !listening) return;
    void answer({ speech: words, confidence: unclear ? 0.3 : 0.93 });
    setWords("");
  };
  const press = (/** @type {string} */ key) => {
    hush();
    if (key !== "#") return setKeys(`${keys}${key}`.slice(0, 40));
    if (keys) void answer({ digits: keys });
    return setKeys("");
  };
  const microphone = async () => {
    hush();
    const heard = await hear();
    if (heard) void answer(heard);
  };
  return html`<div class="speaker">
    <form class="composer" onSubmit=${say}>
      <div class="composer__main">
        <input
          class="input"
          aria-label="What you say"
          placeholder="What you say"
          autocomplete="off"
          value=${words}
          data-testid="call-words"
          onInput=${(/** @type {any} */ event) => setWords(event.target.value)}
        />
      </div>
      <${Button} type="submit" disabled=${!listening} data-testid="call-say">Say<//>
    </form>
    <p class="keypad__typed" role="status" data-testid="call-keys">${keys ? `${keys} (then #)` : "Keys, then #"}</p>
    <div class="keypad" role="group" aria-label="Keypad">
      ${KEYS.map(
        (key) => html`<button
          key=${key}
          type="button"
          class="keypad__key"
          disabled=${!listening}
          data-testid=${`key-${key}`}
          onClick=${() => press(key)}
        >
          ${key}
        </button>`,
      )}
    </div>
    <div class="speaker__more">
      <${Check} label="Speak unclearly" on=${unclear} change=${setUnclear} />
      ${canListen && html`<${Button} kind="quiet" small disabled=${!listening} onClick=${microphone}>Microphone<//>`}
      <${Button} kind="quiet" small disabled=${!listening} onClick=${() => answer({})} data-testid="call-silent">Say nothing<//>
      <${Button} kind="danger" small icon="phone" onClick=${hangUp} data-testid="call-hang-up">Hang up<//>
    </div>
  </div>`;
}
