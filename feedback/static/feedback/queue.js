/* The queue by keys: each control names its key in data-cx-key. They can be switched off, and rest while somebody types. */
"use strict";
(() => {
  const STORED = "cx-queue-keys";
  const TYPED_INTO = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]";
  const FIELD = "select, textarea:not([hidden]), input:not([type=hidden])";
  const remembered = () => {
    try {
      return localStorage.getItem(STORED) !== "off";
    } catch {
      return true;
    }
  };
  let on = remembered();

  const press = (control) => {
    if (control.tagName !== "SUMMARY") {
      control.click();
      if (control.type === "checkbox") control.focus();
      return;
    }
    control.parentElement.open = true;
    (control.parentElement.querySelector(FIELD) || control).focus();
  };
  const control = (key) =>
    [...document.querySelectorAll("[data-cx-key]")].find((one) => one.dataset.cxKey.split(" ").includes(key));

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape") {
      document.activeElement.blur();
      return;
    }
    if (event.key === "Enter" && event.target.matches("[data-cx-enter] :is(select, input[type=checkbox])")) {
      event.preventDefault();
      event.target.form.requestSubmit();
      return;
    }
    if (!on || event.target.closest(TYPED_INTO)) return;
    const found = control(event.key.length === 1 ? event.key.toLowerCase() : event.key);
    if (!found) return;
    event.preventDefault();
    press(found);
  });

  const help = document.querySelector("[data-cx-keys]");
  const button = document.querySelector("[data-cx-keys-off]");
  if (!help || !button) return;
  help.hidden = false;
  const show = () => {
    button.textContent = on ? button.dataset.cxKeysOff : button.dataset.cxKeysOn;
  };
  button.addEventListener("click", () => {
    on = !on;
    try {
      localStorage.setItem(STORED, on ? "on" : "off");
    } catch {
      /* then it holds for this page */
    }
    show();
  });
  show();
})();
