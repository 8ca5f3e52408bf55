// What one browser tab remembers over a reload: sessionStorage, or memory where storage is blocked.
// @ts-check

/** @type {Map<string, string>} */
const memory = new Map();

/** @param {string} key @returns {any} the value stored, or null */
export function recall(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? "null");
  } catch {
    return JSON.parse(memory.get(key) ?? "null");
  }
}

/** @param {string} key @param {unknown} value stored as JSON; null forgets it */
export function remember(key, value) {
  const text = JSON.stringify(value);
  if (value === null) memory.delete(key);
  else memory.set(key, text);
  try {
    if (value === null) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, text);
  } catch {
    // storage is blocked or full: memory has it
  }
}
