// Waiting between attempts to connect: doubles up to half a minute, with jitter so that a restart is not met by everybody at once.
// @ts-check

const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/**
 * @param {number} attempt 0 for the first wait
 * @param {() => number} [random] in [0, 1)
 * @returns {number} milliseconds, between half and the whole of the doubled wait
 */
export function backoff(attempt, random = Math.random) {
  const whole = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 16));
  return Math.round(whole / 2 + (whole / 2) * random());
}
