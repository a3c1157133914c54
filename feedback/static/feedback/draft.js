/* Keeps what is typed while the tab is open, for 15 minutes: computers are shared. Nothing leaves the browser. */
"use strict";
(() => {
  const NAME = "cx-draft:";
  const KEPT = 15 * 60 * 1000;
  const FIELDS = ["text", "page_address", "service", "on_behalf_of"];
  const drop = () => {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith(NAME)) sessionStorage.removeItem(key);
  };
  const read = (key) => {
    try {
      const draft = JSON.parse(sessionStorage.getItem(key));
      return draft && Date.now() - draft.at < KEPT ? draft : null;
    } catch {
      return null;
    }
  };
  try {
    if (document.querySelector("[data-cx-draft-sent]")) drop();
    const form = document.querySelector("[data-cx-draft]");
    if (!form) return;
    const key = NAME + form.dataset.cxDraft;
    const draft = read(key);
    if (!draft) drop();
    for (const name of FIELDS) {
      const field = form.elements[name];
      if (draft && field && !field.value && draft.values[name]) field.value = draft.values[name];
    }
    let timer;
    const forget = () => {
      drop();
      for (const name of FIELDS) if (form.elements[name]) form.elements[name].value = "";
    };
    const wait = () => {
      clearTimeout(timer);
      timer = setTimeout(forget, KEPT);
    };
    form.addEventListener("input", () => {
      const values = {};
      for (const name of FIELDS) if (form.elements[name]) values[name] = form.elements[name].value;
      sessionStorage.setItem(key, JSON.stringify({ at: Date.now(), values }));
      wait();
    });
    if (draft) wait();
    document.querySelector("[data-cx-draft-drop]")?.addEventListener("click", drop);
  } catch {
    /* a browser that keeps nothing still sends the form */
  }
})();
