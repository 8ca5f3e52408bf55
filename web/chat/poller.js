// Where sockets are blocked: messages go by REST and answers are asked for every few seconds, until the socket works.
// @ts-check

const EVERY_MS = 4000;

/**
 * @typedef {object} PollerOptions
 * @property {() => Promise<void>} history asks for what is new
 * @property {() => import("./types.js").Outgoing[]} unsent
 * @property {(item: import("./types.js").Outgoing) => Promise<void>} post
 * @property {(working: boolean) => void} change REST began or ceased to work
 */

export class Poller {
  working = false;
  #running = false;
  #timer = 0;
  #options;

  /** @param {PollerOptions} options */
  constructor(options) {
    this.#options = options;
  }

  start() {
    if (this.#running) return;
    this.#running = true;
    this.#round();
  }

  stop() {
    this.#running = false;
    this.working = false;
    clearTimeout(this.#timer);
  }

  async #round() {
    const { history, unsent, post } = this.#options;
    try {
      await history();
      for (const item of unsent()) if (this.#running) await post(item);
      this.#tell(true);
    } catch {
      this.#tell(false);
    }
    if (this.#running) this.#timer = setTimeout(() => this.#round(), EVERY_MS);
  }

  /** @param {boolean} working */
  #tell(working) {
    if (!this.#running || working === this.working) return;
    this.working = working;
    this.#options.change(working);
  }
}
