// The one import for views: Preact's functions, its hooks, and `html`, the template tag.
// @ts-check
import htm from "../vendor/htm.js";
import { Fragment, createContext, h, render } from "../vendor/preact.js";

export {
  useCallback,
  useContext,
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "../vendor/hooks.js";
export { Fragment, createContext, render };

/** Template tag: data in a template becomes text or a property, never markup. */
export const html = htm.bind(h);

/**
 * Joins class names and leaves out what is false.
 * @param {...(string | false | null | undefined)} names
 * @returns {string}
 */
export const classes = (...names) => names.filter(Boolean).join(" ");
