/* The page of all translations: sends only what was changed, so that a survey of hundreds of questions is saved
   quickly, and asks before a page with unsaved texts is left. Everything works without it. */
(function () {
  "use strict";
  document.addEventListener("DOMContentLoaded", function () {
    const form = document.querySelector("[data-cx-translations]");
    if (!form) return;
    const boxes = [...form.querySelectorAll("textarea")];
    const isChanged = (box) => box.value !== box.defaultValue || "cxUnsaved" in box.dataset;
    let isSaving = false;
    form.addEventListener("submit", function () {
      isSaving = true;
      for (const box of boxes) box.disabled = !isChanged(box);
    });
    window.addEventListener("pageshow", function () {
      isSaving = false;
      for (const box of boxes) box.disabled = false;
    });
    window.addEventListener("beforeunload", function (event) {
      if (!isSaving && boxes.some(isChanged)) event.preventDefault();
    });
  });
})();
