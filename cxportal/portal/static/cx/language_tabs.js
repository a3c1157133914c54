/* One row of language tabs for a whole form.
   Found by data-cx-language-tabs; it shows and hides every part with data-cx-language of the same form.
   Without script all languages stand below one another. */
(function () {
  "use strict";
  function setUp(list) {
    const form = list.closest("form") || document;
    const tabs = [...list.querySelectorAll("[role=tab]")];
    const more = form.querySelector("[data-cx-more-languages]");
    const panels = [...form.querySelectorAll("[data-cx-language]")];
    const panelsOf = (tab) => panels.filter((panel) => panel.dataset.cxLanguage === tab.dataset.cxTab);
    const visible = () => tabs.filter((tab) => !tab.hidden);

    function choose(tab, moveFocus) {
      for (const other of tabs) {
        const chosen = other === tab;
        other.setAttribute("aria-selected", String(chosen));
        other.tabIndex = chosen ? 0 : -1;
        for (const panel of panelsOf(other)) panel.hidden = !chosen;
      }
      if (moveFocus) tab.focus();
    }
    function showMore() {
      for (const tab of tabs) tab.hidden = false;
      if (button) button.hidden = true;
    }

    const button = list.parentElement.querySelector("[data-cx-show-more]");
    if (button) {
      button.addEventListener("click", function () {
        const first = tabs.find((tab) => tab.hidden);
        showMore();
        if (first) choose(first, true);
      });
    }
    for (const panel of panels) {
      const tab = tabs.find((candidate) => candidate.dataset.cxTab === panel.dataset.cxLanguage);
      panel.setAttribute("role", "tabpanel");
      if (tab) panel.setAttribute("aria-labelledby", tab.id);
      for (const heading of panel.querySelectorAll("[data-cx-heading]")) heading.hidden = true;
    }
    for (const tab of tabs) {
      tab.setAttribute("aria-controls", panelsOf(tab).map((panel) => panel.id).join(" "));
      tab.addEventListener("click", () => choose(tab, false));
    }
    list.addEventListener("keydown", function (event) {
      const row = visible();
      const here = row.indexOf(document.activeElement);
      if (here < 0) return;
      const rtl = getComputedStyle(list).direction === "rtl";
      const steps = { ArrowRight: rtl ? -1 : 1, ArrowLeft: rtl ? 1 : -1, ArrowDown: 1, ArrowUp: -1 };
      let next;
      if (event.key in steps) next = row[(here + steps[event.key] + row.length) % row.length];
      if (event.key === "Home") next = row[0];
      if (event.key === "End") next = row[row.length - 1];
      if (!next) return;
      event.preventDefault();
      choose(next, true);
    });

    /* the other languages stand in a details that is only needed without script */
    if (more) more.replaceWith(...more.querySelectorAll("[data-cx-language]"));
    list.parentElement.hidden = false;
    const faulty = panels.find((panel) => panel.querySelector(".errorlist"));
    const wanted = faulty && tabs.find((tab) => tab.dataset.cxTab === faulty.dataset.cxLanguage);
    if (wanted && wanted.hidden) showMore();
    choose(wanted || tabs[0], false);
  }
  document.addEventListener("DOMContentLoaded", function () {
    for (const list of document.querySelectorAll("[data-cx-language-tabs]")) setUp(list);
  });
})();
