/* The form of a question: counts words while typing, offers the codes of earlier answers, keeps the language tab,
   and lets the preview follow it. Everything works without it. */
(function () {
  "use strict";
  const WITHOUT_SPACES = ["th", "zh-hans"];

  function countWords(output) {
    const box = document.getElementById(output.htmlFor.toString());
    if (!box || WITHOUT_SPACES.includes(output.dataset.cxLang)) return;
    const most = Number(output.dataset.cxWords);
    function count() {
      const words = box.value.trim() ? box.value.trim().split(/\s+/).length : 0;
      const long = words > most;
      const said = long ? output.dataset.cxLong : output.dataset.cxFine;
      output.textContent = words ? said.replace("#", words).replace("%", most) : "";
      output.classList.toggle("cx-due", long);
    }
    box.addEventListener("input", count);
    count();
  }

  function offerCodes(row) {
    const [question, op] = row.querySelectorAll("select");
    const value = row.querySelector("input");
    const chips = row.querySelector("[data-cx-values]");
    const codes = () => value.value.split(/[\s,]+/).filter(Boolean);
    function toggle(code) {
      const several = op.value === "one_of";
      const chosen = codes();
      if (chosen.includes(code)) value.value = chosen.filter((other) => other !== code).join(", ");
      else value.value = several ? [...chosen, code].join(", ") : code;
      show();
      chips.querySelector(`[data-cx-code="${CSS.escape(code)}"]`).focus();
    }
    function show() {
      const known = question.selectedOptions[0] ? question.selectedOptions[0].dataset.cxCodes : "";
      const wanted = op.value !== "answered" && known ? known.split("\n") : [];
      value.closest("label").hidden = op.value === "answered";
      chips.replaceChildren(...wanted.map(function (line) {
        const [code, label] = line.split("\t");
        const chip = document.createElement("button");
        chip.type = "button";
        chip.className = "cx-chip";
        chip.dataset.cxCode = code;
        chip.setAttribute("aria-pressed", String(codes().includes(code)));
        chip.textContent = code === label ? code : `${code} – ${label}`;
        chip.addEventListener("click", () => toggle(code));
        return chip;
      }));
    }
    for (const control of [question, op]) control.addEventListener("change", show);
    value.addEventListener("input", show);
    show();
  }

  function followTabs(list) {
    const form = list.closest("form");
    const preview = document.querySelector("[data-cx-preview]");
    const kept = sessionStorage.getItem("cx-language");
    function follow() {
      const chosen = list.querySelector("[aria-selected=true]");
      if (!chosen) return;
      const language = chosen.dataset.cxTab;
      sessionStorage.setItem("cx-language", language);
      /* rows that were added after the tabs were set up */
      for (const part of form.querySelectorAll("[data-cx-language]")) part.hidden = part.dataset.cxLanguage !== language;
      if (!preview) return;
      const address = new URL(preview.src);
      if (address.searchParams.get("language") === language) return;
      address.searchParams.set("language", language);
      preview.src = address.href;
    }
    new MutationObserver(follow).observe(list, { subtree: true, attributes: true, attributeFilter: ["aria-selected"] });
    document.addEventListener("formset:added", follow);
    const again = kept && list.querySelector(`[data-cx-tab="${CSS.escape(kept)}"]`);
    if (again && !form.querySelector(".errorlist")) again.click();
    follow();
  }

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("[data-cx-words]").forEach(countWords);
    document.querySelectorAll("[data-cx-condition]").forEach(offerCodes);
    document.querySelectorAll("[data-cx-language-tabs]").forEach(followTabs);
  });
})();
