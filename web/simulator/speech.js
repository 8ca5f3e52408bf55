// The browser's own voice and ears, where it has them.
// @ts-check

const voice = "speechSynthesis" in window ? window.speechSynthesis : null;
const Recognition = /** @type {any} */ (window).SpeechRecognition ?? /** @type {any} */ (window).webkitSpeechRecognition;

export const canSpeak = voice !== null;
export const canListen = Boolean(Recognition);

/** @param {string} text @param {string} language */
export function speak(text, language) {
  if (!voice) return;
  const utterance = new SpeechSynthesisUtterance(text);
  if (language) utterance.lang = language;
  voice.speak(utterance);
}

/** Falls silent at once, as a call does when the caller speaks. */
export function hush() {
  voice?.cancel();
}

/**
 * Listens once to the microphone.
 * @returns {Promise<{speech: string, confidence: number} | null>} null if nothing was understood
 */
export function hear() {
  return new Promise((resolve) => {
    const ear = new Recognition();
    ear.lang = "en-US";
    ear.onresult = (/** @type {any} */ event) => {
      const best = event.results[0][0];
      resolve({ speech: best.transcript, confidence: best.confidence || 0.9 });
    };
    ear.onerror = ear.onend = () => resolve(null);
    ear.start();
  });
}
