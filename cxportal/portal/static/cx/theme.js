/* Light, dark or as the system says. Stands in the head without defer, or the page would flash. */
(function () {
  "use strict";
  const KEY = "theme";
  const root = document.documentElement;
  function kept() {
    try {
      return localStorage.getItem(KEY) || "auto";
    } catch {
      return "auto";
    }
  }
  function apply(theme) {
    root.dataset.theme = theme;
    for (const button of document.querySelectorAll("[data-cx-theme]")) {
      button.setAttribute("aria-pressed", String(button.dataset.cxTheme === theme));
    }
  }
  apply(kept());
  document.addEventListener("DOMContentLoaded", function () {
    for (const part of document.querySelectorAll("[data-cx-themes]")) part.hidden = false;
    for (const button of document.querySelectorAll("[data-cx-theme]")) {
      button.addEventListener("click", function () {
        try {
          localStorage.setItem(KEY, button.dataset.cxTheme);
        } catch {
          /* a browser that keeps nothing: the choice holds for this page */
        }
        apply(button.dataset.cxTheme);
      });
    }
    apply(kept());
  });
})();
