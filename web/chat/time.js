// Times and days in words, in the page's language and the person's own time zone and clock style.
// @ts-check

const DAY_MS = 24 * 60 * 60 * 1000;
const locale = navigator.languages?.find((tag) => /^en\b/i.test(tag)) ?? "en";
const clock = new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" });
const weekday = new Intl.DateTimeFormat(locale, { weekday: "long" });
const thisYear = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" });
const anyYear = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year: "numeric" });
const short = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" });

/** @param {string} at @returns {Date | null} */
const read = (at) => {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? null : date;
};

/** Calendar day here, as a comparable word. @param {string} at */
export function dayKey(at) {
  const date = read(at);
  return date ? `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}` : "";
}

/** "14:05" @param {string} at */
export function clockTime(at) {
  const date = read(at);
  return date ? clock.format(date) : "";
}

/** "Today", "Yesterday", "Monday", "Monday, 3 March", "3 March 2024" @param {string} at @param {Date} [now] */
export function dayName(at, now = new Date()) {
  const date = read(at);
  if (!date) return "";
  const start = (/** @type {Date} */ day) => new Date(day.getFullYear(), day.getMonth(), day.getDate()).getTime();
  const days = Math.round((start(now) - start(date)) / DAY_MS);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  if (days > 1 && days < 7) return weekday.format(date);
  return (date.getFullYear() === now.getFullYear() ? thisYear : anyYear).format(date);
}

/** "3 Mar, 14:05"; without the clock when the server names only a day. @param {string} at */
export function stepTime(at) {
  const date = read(at);
  if (!date) return at;
  if (/^\d{4}-\d\d-\d\d$/.test(at)) {
    const [year, month, day] = at.split("-").map(Number);
    return short.format(new Date(year, month - 1, day));
  }
  return `${short.format(date)}, ${clock.format(date)}`;
}

/** "Good morning", by the clock here. @param {Date} [now] */
export function greeting(now = new Date()) {
  const hour = now.getHours();
  if (hour < 5 || hour >= 18) return "Good evening";
  return hour < 12 ? "Good morning" : "Good afternoon";
}
