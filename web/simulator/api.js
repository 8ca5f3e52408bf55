// The simulator's own server: requests that either give what they promise or fail with a sentence.
// @ts-check

/** A refusal, in words for the person. */
export class Refused extends Error {}

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body] sent as JSON; a Blob is sent as it is
 * @returns {Promise<any>}
 */
export async function ask(method, path, body) {
  const plain = body instanceof Blob;
  const headers = plain ? { "content-type": body.type } : body === undefined ? {} : { "content-type": "application/json" };
  let answer;
  try {
    answer = await fetch(`/api/${path}`, { method, headers, body: plain || body === undefined ? body : JSON.stringify(body) });
  } catch {
    throw new Refused("The simulator can't be reached; is it still running?");
  }
  const data = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(data.detail || `That did not work (${answer.status}).`);
  return data;
}

/**
 * Listens to what happens; reconnects by itself.
 * @param {{onMessage: (message: any) => void, onCall: (call: any) => void, onState: (online: boolean) => void}} handlers
 */
export function listen({ onMessage, onCall, onState }) {
  const source = new EventSource("/api/events");
  source.addEventListener("message", (event) => onMessage(JSON.parse(event.data)));
  source.addEventListener("call", (event) => onCall(JSON.parse(event.data)));
  source.onopen = () => onState(true);
  source.onerror = () => onState(false);
}
