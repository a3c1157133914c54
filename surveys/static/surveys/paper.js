/* A sheet typed by keyboard alone. Found by data-cx-paper; each data-cx-row is one thing to type.
   Keys stand in data-cx-key. Without script the form is an ordinary one: Tab, arrows, space. */
(function () {
  "use strict";
  function setUp(form) {
    const rows = [...form.querySelectorAll("[data-cx-row]")];
    const save = form.querySelector("[data-cx-save]");
    let begun = "";

    const controlsOf = (row) => [...row.querySelectorAll("input, textarea")];
    const isTyped = (control) => control.matches("input[type=text], textarea");

    function enter(row) {
      begun = "";
      const controls = controlsOf(row);
      const control = controls.find((one) => one.checked) || controls[0];
      if (control) control.focus();
      row.scrollIntoView({ block: "nearest" });
      if (control && control.matches("input[type=text]")) control.select();
    }
    function move(row, step) {
      let place = rows.indexOf(row) + step;
      while (rows[place] && !controlsOf(rows[place]).length) place += step;
      if (rows[place]) enter(rows[place]);
      else if (step > 0) save.focus();
    }
    function empty(controls) {
      begun = "";
      for (const control of controls) control.checked = control.dataset.cxKey === ".";
      controls[0].focus();
    }
    function choose(control) {
      control.checked = control.type === "checkbox" ? !control.checked : true;
      control.focus();
    }
    // "10" is typed as 1 and 0: the second key completes what the first one began
    function press(controls, key) {
      const find = (keys) => controls.find((control) => control.dataset.cxKey === keys);
      const isNumber = /[0-9]/.test(key);
      const longer = isNumber && begun ? find(begun + key) : null;
      const control = longer || find(key);
      if (!control) return false;
      begun = longer ? "" : isNumber ? key : "";
      choose(control);
      return true;
    }

    form.addEventListener("keydown", function (event) {
      const row = event.target.closest("[data-cx-row]");
      if (!row || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
      const controls = controlsOf(row);
      if (event.key === "Enter") {
        if (event.shiftKey && event.target.matches("textarea")) return;
        event.preventDefault();
        move(row, event.shiftKey ? -1 : 1);
      } else if (!isTyped(event.target)) {
        const key = event.key === "," ? "." : event.key.toLowerCase();
        if (key === "." || key === "backspace" || key === "delete") {
          event.preventDefault();
          empty(controls);
        } else if (key.length === 1 && press(controls, key)) {
          event.preventDefault();
        }
      }
    });
    form.addEventListener("submit", function () {
      save.disabled = true;
    });
    const first = form.querySelector("[aria-invalid=true]");
    if (first) first.focus();
    else if (!form.querySelector("[autofocus]") && rows.length) move(null, 1);
  }
  for (const form of document.querySelectorAll("[data-cx-paper]")) setUp(form);
})();
