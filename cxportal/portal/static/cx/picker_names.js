/* The pickers that search while one types (select2) say too little to a screen reader: give their parts the name of
   their label, and tell which list belongs to them. */
(function () {
  "use strict";
  function labelOf(select) {
    const label = document.querySelector(`label[for="${select.id}"]`);
    if (label) label.id = label.id || `label-of-${select.id}`;
    return label;
  }
  function name(select) {
    const shown = select.nextElementSibling;
    const label = labelOf(select);
    if (!shown || !label) return;
    const value = shown.querySelector(".select2-selection__rendered");
    const box = shown.querySelector(".select2-selection");
    if (value) value.setAttribute("aria-labelledby", label.id);
    if (box) box.setAttribute("aria-labelledby", value ? `${label.id} ${value.id}` : label.id);
  }
  function nameAll(root) {
    for (const select of root.querySelectorAll("select.admin-autocomplete")) name(select);
  }
  function opened(event) {
    const label = labelOf(event.target);
    const box = event.target.nextElementSibling?.querySelector(".select2-selection");
    if (box) box.setAttribute("aria-controls", box.getAttribute("aria-owns"));
    const list = document.querySelector("body > .select2-container--open");
    if (!list || !label) return;
    list.setAttribute("role", "dialog");
    list.setAttribute("aria-labelledby", label.id);
    for (const part of list.querySelectorAll(".select2-search__field, .select2-results__options")) {
      part.setAttribute("aria-labelledby", label.id);
    }
  }
  const $ = window.django?.jQuery;
  if (!$) return;
  $(() => nameAll(document)); /* after the pickers themselves, which asked to be made ready before */
  $(document).on("select2:open", opened);
  document.addEventListener("formset:added", (event) => setTimeout(() => nameAll(event.target)));
})();
