// Light or dark: follows the system until the person chooses, then remembers. A classic script, loaded in <head> before
// anything is painted; pages use window.closerTheme and the event "closer-theme".
// @ts-check
(() => {
  "use strict";
  const KEY = "closer.theme";
  const COLOURS = { light: "#f2f5f4", dark: "#0a1514" };
  const system = window.matchMedia("(prefers-color-scheme: dark)");

  const remembered = () => {
    try {
      const value = localStorage.getItem(KEY);
      return value === "light" || value === "dark" ? value : null;
    } catch {
      return null; // storage is blocked: the system decides
    }
  };

  const apply = () => {
    const theme = remembered() ?? (system.matches ? "dark" : "light");
    document.documentElement.dataset.theme = theme;
    document.querySelector('meta[name="theme-color"]')?.setAttribute("content", COLOURS[theme]);
    window.dispatchEvent(new CustomEvent("closer-theme", { detail: theme }));
  };

  /** @type {any} */ (window).closerTheme = {
    get: () => document.documentElement.dataset.theme,
    toggle: () => {
      const next = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
      try {
        localStorage.setItem(KEY, next);
      } catch {
        document.documentElement.dataset.theme = next;
        return;
      }
      apply();
    },
  };

  system.addEventListener("change", apply);
  window.addEventListener("storage", (event) => event.key === KEY && apply());
  apply();
})();
