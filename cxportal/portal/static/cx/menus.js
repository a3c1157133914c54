/* Menus made of details: one open at a time, Escape and a click elsewhere close it. Without script they still open. */
(function () {
  "use strict";
  const open = () => document.querySelectorAll("details.cx-pop[open]");
  document.addEventListener("click", function (event) {
    for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") return;
    for (const menu of open()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
})();
