/* The print button is there only where it works. */
"use strict";
for (const button of document.querySelectorAll("[data-cx-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
