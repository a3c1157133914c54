/* Whoever logs out leaves nothing on a shared device. */
"use strict";
for (const form of document.querySelectorAll("[data-cx-leave]")) {
  form.addEventListener("submit", () => {
    for (const key of Object.keys(localStorage)) if (key.startsWith("cx-kept:")) localStorage.removeItem(key);
    localStorage.setItem("cx-left", "1"); // other tabs hear of it
    localStorage.removeItem("cx-left");
  });
}
