/* Observations while the line is lost or the session has run out: kept on this device under the person they are of,
   sent when it is possible again, each with an id of its own so that it counts once. Wiped after sending, at log-out
   (cx/leaving.js) and after a week. */
"use strict";
(() => {
  const form = document.querySelector("[data-cx-observation]");
  if (!form) return;
  const NAME = `cx-kept:observation:${form.dataset.cxObservation}`;
  const WEEK = 7 * 24 * 3600 * 1000;
  const AGAIN = 30 * 1000;
  const STAYING = ["unit", "day", "concerns"];
  const FIELDS = ["draft", ...STAYING, "stage", "topic", "tone", "text"];
  const field = (name) => form.elements[name];
  let isSending = false;

  // ---------- what is kept ----------
  const read = () => {
    try {
      const kept = JSON.parse(localStorage.getItem(NAME)) || {};
      const isYoung = (one) => one && Date.now() - one.at < WEEK;
      return { draft: isYoung(kept.draft) ? kept.draft : null, waiting: (kept.waiting || []).filter(isYoung) };
    } catch {
      return { draft: null, waiting: [] };
    }
  };
  const write = (kept) => {
    try {
      if (kept.draft || kept.waiting.length) localStorage.setItem(NAME, JSON.stringify(kept));
      else localStorage.removeItem(NAME);
      show(kept);
      return true;
    } catch {
      return false;
    }
  };
  const change = (edit) => {
    const kept = read();
    edit(kept);
    return write(kept);
  };
  const forget = (id) =>
    change((kept) => {
      if (kept.draft && kept.draft.values.draft === id) kept.draft = null;
      kept.waiting = kept.waiting.filter((one) => one.values.draft !== id);
    });

  // ---------- the form ----------
  const newId = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const digits = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  };
  const values = () => Object.fromEntries(FIELDS.map((name) => [name, field(name).value]));
  const fill = (given) => {
    for (const name of FIELDS) if (given[name] !== undefined) field(name).value = given[name];
  };
  const clear = () => {
    for (const name of ["topic", "tone"]) for (const choice of field(name)) choice.checked = false;
    field("text").value = field("stage").value = "";
    field("draft").value = newId();
    if (field("blacken")) field("blacken").remove();
  };
  const isBegun = (given) => Boolean(given.text || given.topic || given.tone);
  const chip = document.querySelector("[data-cx-chip]");
  const show = (kept) => {
    chip.hidden = false;
    chip.querySelector("[data-cx-ready]").hidden = kept.waiting.length > 0;
    chip.querySelector("[data-cx-waiting]").hidden = kept.waiting.length === 0;
    chip.querySelector("[data-cx-number]").textContent = kept.waiting.length;
  };
  const showKept = (isKept) => {
    document.querySelector("[data-cx-kept]").hidden = !isKept;
  };

  // ---------- sending ----------
  const send = (given, more) => {
    const body = new FormData();
    body.set("csrfmiddlewaretoken", field("csrfmiddlewaretoken").value);
    for (const [name, value] of Object.entries({ ...given, ...more })) body.set(name, value);
    // a log-in page instead of an answer must not look like success
    return fetch(form.action, { method: "POST", body, redirect: "manual", headers: { Accept: "application/json" } });
  };
  const wait = (given) =>
    change((kept) => {
      kept.draft = null;
      kept.waiting.push({ at: Date.now(), values: given });
    });
  const sendWaiting = async () => {
    if (isSending) return;
    isSending = true;
    try {
      for (const one of read().waiting) {
        const answer = await send(one.values, { blacken: "on" });
        if (answer.status === 422 && !isBegun(values())) {
          fill(one.values); // it cannot be kept as it is: the server's page says why
          forget(one.values.draft);
          change((kept) => (kept.draft = one));
          form.submit();
          return;
        }
        if (answer.ok) forget(one.values.draft);
        else if (answer.status !== 422) return;
      }
      if (!read().waiting.length) showKept(false);
    } catch {
      /* no line: tried again later */
    } finally {
      isSending = false;
    }
  };
  const leave = () => {
    clear();
    showKept(true);
    window.scrollTo(0, 0);
  };

  form.addEventListener("input", () => {
    const given = values();
    change((kept) => (kept.draft = isBegun(given) ? { at: Date.now(), values: given } : null));
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const given = values();
    const more = event.submitter && event.submitter.name ? { [event.submitter.name]: "on" } : {};
    if (field("blacken")) more.blacken = "on";
    const submit = () => {
      for (const [name, value] of Object.entries(more)) {
        if (field(name) && field(name).type === "hidden") continue;
        const hidden = Object.assign(document.createElement("input"), { type: "hidden", name, value });
        form.append(hidden);
      }
      form.submit();
    };
    let answer;
    try {
      answer = await send(given, more);
    } catch {
      // without a line only what is whole can wait
      if (given.unit && given.day && given.topic && given.tone && given.text.trim() && wait(given)) leave();
      else form.reportValidity();
      return;
    }
    if (answer.ok) {
      forget(given.draft);
      clear();
      location.assign((await answer.json()).next);
    } else if (answer.type === "opaqueredirect" || answer.status === 403) {
      // logged out, or logged in anew in another tab: the page brings the log-in, and then sends what waits
      if (wait(given)) {
        clear();
        location.assign(form.action);
      } else submit();
    } else if (answer.status >= 500 && wait(given)) {
      leave();
    } else {
      submit();
    }
  });
  addEventListener("online", sendWaiting);
  setInterval(() => read().waiting.length && sendWaiting(), AGAIN);
  addEventListener("storage", (event) => {
    if (event.key === "cx-left") clear(); // logged out in another tab
    show(read());
  });

  // ---------- begin ----------
  const saved = document.querySelector("[data-cx-saved]");
  if (saved) forget(saved.dataset.cxSaved);
  const kept = read();
  if (kept.draft && form.dataset.cxLook === undefined && !isBegun(values())) fill(kept.draft.values);
  write(kept);
  sendWaiting();
})();
