// What the team's pages gain where scripts run: keyboard shortcuts, a count of what is selected, who else looks.
(() => {
  "use strict";
  const OFF = "shortcuts";
  const $ = (selector) => document.querySelector(selector);
  const all = (selector) => [...document.querySelectorAll(selector)];

  // Shortcuts. Single keys can be switched off (WCAG 2.2, 2.1.4), and do nothing where somebody types or chooses.
  const isOn = () => localStorage.getItem(OFF) !== "off";
  const typed = (target) =>
    target.closest("textarea, select, [contenteditable]") || (target.matches("input") && target.type !== "checkbox");
  const links = () => all("#selected tbody a.reference");
  const row = () => document.activeElement?.closest("#selected tbody tr");
  const box = (line) => line?.querySelector('[name="request"]');

  function step(by) {
    const rows = all("#selected tbody tr");
    const at = rows.indexOf(row());
    const next = at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by));
    rows[next]?.querySelector("a.reference").focus();
  }
  function pick(line) {
    const found = box(line);
    if (!found) return;
    found.checked = !found.checked;
    tell();
  }
  // What is done to the selected requests; where none is, to the one that has the focus.
  function withSelected(button, act) {
    if (!picked().length && box(row())) pick(row());
    if (picked().length) act($(button));
  }
  const picked = () => all('#selected [name="request"]:checked');
  const go = (selector) => $(selector)?.click();
  const HOME = document.querySelector("[data-queue]")?.dataset.queue;

  const KEYS = {
    j: () => step(1),
    k: () => step(-1),
    o: () => row()?.querySelector("a.reference").click(),
    x: () => pick(row()),
    t: () => ($("#take") ? go("#take") : withSelected("#take-selected", (button) => button?.click())),
    a: () => (links().length ? withSelected("#assign-to", (list) => list?.focus()) : $("#assign-to")?.focus()),
    r: () => withSelected("#release-selected", (button) => button?.click()),
    "/": () => $("#id_q")?.focus(),
    f: () => $("#id_status")?.focus(),
    n: () => go('.pages [rel="next"]'),
    p: () => go('.pages [rel="prev"]'),
    "?": () => $("#shortcuts")?.showModal(),
  };
  const AFTER_G = { q: "", m: "?who=me", c: "?status=closed" };
  let afterG = 0;

  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typed(event.target)) return;
    if ($("dialog[open]")) return;
    if (event.key === "Escape") return clear();
    if (!isOn()) return;
    const isSecond = Date.now() - afterG < 1500;
    afterG = 0;
    if (isSecond && event.key in AFTER_G && HOME) {
      location.assign(HOME + AFTER_G[event.key]);
    } else if (event.key === "g") {
      afterG = Date.now();
    } else if (KEYS[event.key]) {
      event.preventDefault();
      KEYS[event.key]();
    }
  }
  function clear() {
    for (const found of picked()) found.checked = false;
    tell();
  }

  // How many are selected, and the box that selects all.
  function tell() {
    const count = picked().length;
    const told = $("[data-selected-count]");
    if (told && told.textContent !== String(count)) told.textContent = String(count);
    const every = $("[data-select-all]");
    if (!every) return;
    const boxes = all('#selected [name="request"]').length;
    every.hidden = !boxes;
    every.checked = count > 0 && count === boxes;
    every.indeterminate = count > 0 && count < boxes;
  }
  function onChange(event) {
    if (event.target.matches("[data-select-all]")) {
      for (const found of all('#selected [name="request"]')) found.checked = event.target.checked;
    }
    if (event.target.matches("[data-shortcuts-on]")) localStorage.setItem(OFF, event.target.checked ? "on" : "off");
    if (event.target.closest("#selected")) tell();
  }

  // News come into the page by themselves: what was selected stays so, and the focus stays where it was.
  let held = null;
  function hold() {
    held = { picked: picked().map((found) => found.id), focus: document.activeElement?.id };
  }
  function restore() {
    if (!held) return;
    for (const id of held.picked) {
      const found = document.getElementById(id);
      if (found) found.checked = true;
    }
    const was = held.focus && document.getElementById(held.focus);
    if (was && document.activeElement !== was) was.focus({ preventScroll: true });
    held = null;
    tell();
  }

  // On a phone the filters are folded away while none is set: by the page itself, so that nothing moves when it is there.
  function fold(button) {
    button.addEventListener("click", () => {
      button.setAttribute("aria-expanded", String(button.getAttribute("aria-expanded") !== "true"));
    });
  }

  // Who else has the case open: said and asked every half minute while the page is in sight.
  async function look(place) {
    if (document.hidden) return;
    const body = new URLSearchParams({ csrfmiddlewaretoken: place.dataset.token });
    const answer = await fetch(place.dataset.looking, { method: "POST", body, redirect: "manual" });
    if (!answer.ok) return;
    const told = new DOMParser().parseFromString(await answer.text(), "text/html").body;
    if (told.textContent.trim() !== place.textContent.trim()) place.replaceChildren(...told.childNodes);
  }

  document.addEventListener("keydown", onKey);
  document.addEventListener("change", onChange);
  document.addEventListener("htmx:before:swap", hold);
  document.addEventListener("htmx:after:swap", restore);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-shortcuts]")) $("#shortcuts")?.showModal();
  });
  document.addEventListener("DOMContentLoaded", () => {
    for (const button of all("[data-shortcuts]")) button.hidden = !$("#shortcuts");
    for (const choice of all("[data-shortcuts-on]")) choice.checked = isOn();
    tell();
    for (const button of all("[data-fold]")) fold(button);
    const current = $(".views [aria-current]");
    if (current) $(".views").scrollLeft = current.offsetLeft - $(".views").clientWidth / 3; // a phone's one line
    const place = $("[data-looking]");
    // Without a connection nothing is known of others; the next turn asks again.
    if (place) setInterval(() => look(place).catch(() => {}), 30_000);
  });
  window.addEventListener("pageshow", tell);
})();
