// Whom one plays: one of the demo shop's customers, or anybody.
// @ts-check
import { Button } from "../../design/components/button.js";
import { Field } from "../../design/components/input.js";
import { Select } from "../../design/components/select.js";
import { html, useState } from "../../design/html.js";
import { choose, useStore } from "../store.js";

const OTHER = "other";

export function People() {
  const { info, person } = useStore();
  const known = info.people.find((/** @type {any} */ one) => one.number === person.number && one.mail === person.mail);
  const [other, setOther] = useState(!known);
  const options = [
    ...info.people.map((/** @type {any} */ one) => ({ value: one.number, label: `${one.name} · ${one.number}` })),
    { value: OTHER, label: "Somebody else …" },
  ];
  const pick = (/** @type {Event} */ event) => {
    const value = /** @type {HTMLSelectElement} */ (event.target).value;
    setOther(value === OTHER);
    const chosen = info.people.find((/** @type {any} */ one) => one.number === value);
    if (chosen) void choose(chosen);
  };
  return html`<section class="people" aria-label="Who you are">
    <${Select} label="You are" options=${options} value=${other ? OTHER : person.number} onChange=${pick} data-testid="person" />
    ${other ? html`<${Stranger} />` : html`<p class="people__mail">Mail: <span data-testid="person-address">${person.mail}</span></p>`}
  </section>`;
}

function Stranger() {
  const { person } = useStore();
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const value = (/** @type {string} */ name) => String(form.get(name) ?? "").trim();
    void choose({ name: value("name"), number: value("number").replace(/[\s()-]/g, ""), mail: value("mail") });
  };
  return html`<form class="people__form" onSubmit=${submit}>
    <${Field} label="Name" name="name" defaultValue=${person.name} maxlength="100" data-testid="person-name" />
    <${Field}
      label="Phone"
      name="number"
      type="tel"
      defaultValue=${person.number}
      required
      pattern="\\+[1-9][0-9 \\-]{6,16}"
      title="With country code, such as +12025550142"
      data-testid="person-number"
    />
    <${Field} label="Mail" name="mail" type="email" defaultValue=${person.mail} required data-testid="person-mail" />
    <${Button} kind="quiet" type="submit" data-testid="person-use">Use these<//>
  </form>`;
}
