// Scrolling of the log: at the end it follows what is new; further up it stands still, even when an older page comes in above.
// @ts-check
import { useEffect, useLayoutEffect, useRef, useState } from "../../design/html.js";
import { loadEarlier } from "../chat.js";

const NEAR_END = 80;
const NEAR_TOP = 240;

/**
 * @param {{
 *   rows: unknown[], entries: import("../types.js").Entry[], outgoing: import("../types.js").Outgoing[],
 *   typing: boolean, ready: boolean,
 * }} shown
 */
export function useScroll({ rows, entries, outgoing, typing, ready }) {
  const scroller = useRef(/** @type {HTMLElement | null} */ (null));
  const content = useRef(/** @type {HTMLElement | null} */ (null));
  const atEnd = useRef(true);
  const height = useRef(0);
  const top = useRef(/** @type {string | undefined} */ (undefined));
  const end = useRef(/** @type {string | undefined} */ (undefined));
  const written = useRef(/** @type {string | undefined} */ (undefined));
  const [unread, setUnread] = useState(0);

  /** @param {ScrollBehavior} [behavior] */
  const jump = (behavior = "instant") => {
    const log = scroller.current;
    if (log) log.scrollTo({ top: log.scrollHeight, behavior });
  };

  useLayoutEffect(() => {
    const log = scroller.current;
    if (!log) return;
    const latest = outgoing.at(-1)?.message_id;
    if (latest && latest !== written.current) atEnd.current = true; // one's own words are always seen
    written.current = latest;
    const before = entries.findIndex((entry) => entry.id === end.current);
    if (atEnd.current) jump();
    else {
      if (top.current !== undefined && entries[0]?.id !== top.current) log.scrollTop += log.scrollHeight - height.current;
      const fresh = before < 0 ? 0 : entries.slice(before + 1).filter((entry) => entry.from !== "customer").length;
      if (fresh > 0) setUnread((count) => count + fresh);
    }
    height.current = log.scrollHeight;
    top.current = entries[0]?.id;
    end.current = entries.at(-1)?.id;
  }, [rows, typing, ready]);

  useEffect(() => {
    // pictures that load, a keyboard that opens, a window that turns
    const observer = new ResizeObserver(() => {
      if (atEnd.current) jump();
      if (scroller.current) height.current = scroller.current.scrollHeight;
    });
    if (scroller.current) observer.observe(scroller.current);
    if (content.current) observer.observe(content.current);
    return () => observer.disconnect();
  }, []);

  const onScroll = () => {
    const log = scroller.current;
    if (!log) return;
    atEnd.current = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_END;
    if (atEnd.current && unread > 0) setUnread(0);
    if (log.scrollTop < NEAR_TOP && !atEnd.current) loadEarlier();
  };
  const toEnd = () => {
    atEnd.current = true;
    setUnread(0);
    scroller.current?.focus({ preventScroll: true });
    jump("smooth");
  };
  return { scroller, content, onScroll, unread, toEnd };
}
