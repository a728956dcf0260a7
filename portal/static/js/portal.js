// What pages gain where scripts run; every page works without.
(() => {
  "use strict";
  const root = document.documentElement;

  // The theme button goes round: as the system has it, light, dark.
  const THEMES = ["system", "light", "dark"];
  function showTheme(button) {
    const theme = root.dataset.theme || "system";
    const label = button.querySelector("[data-label]");
    label.textContent = button.dataset[theme];
  }
  function nextTheme(button) {
    const next = THEMES[(THEMES.indexOf(root.dataset.theme || "system") + 1) % THEMES.length];
    if (next === "system") {
      delete root.dataset.theme;
      localStorage.removeItem("theme");
    } else {
      root.dataset.theme = next;
      localStorage.setItem("theme", next);
    }
    showTheme(button);
  }

  // Times are written in the tenant's zone; a reader elsewhere gets their own.
  function ownZone(scope) {
    const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (!own || own === root.dataset.zone) return;
    // Plain "en" would put the month first, which the pages' own times do not.
    const format = new Intl.DateTimeFormat(root.lang === "en" ? "en-GB" : root.lang, {
      weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
    });
    for (const time of scope.querySelectorAll("time[data-moment]")) {
      time.textContent = format.format(new Date(time.dateTime));
    }
  }

  // A second press of a send button while the first is under way does nothing.
  function sendOnce(event) {
    const form = event.target;
    if (form.dataset.sent) event.preventDefault();
    if (form.method === "post" && !form.hasAttribute("data-again")) form.dataset.sent = "1";
  }

  // A refused form answers the POST itself. Back and reload then ask for the page again instead of sending twice.
  const own = document.querySelector('link[rel="canonical"]');
  history.replaceState(history.state, "", own ? own.href : location.href);

  document.addEventListener("submit", sendOnce);
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });
  document.addEventListener("click", (event) => {
    const theme = event.target.closest("[data-theme-button]");
    if (theme) nextTheme(theme);
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
    const copy = event.target.closest("[data-copy]");
    if (copy) {
      navigator.clipboard.writeText(copy.dataset.copy);
      copy.querySelector("[data-label]").textContent = copy.dataset.copied;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.querySelector("details.menu[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  document.addEventListener("htmx:after:swap", (event) => ownZone(event.target.isConnected ? event.target : document));
  document.addEventListener("DOMContentLoaded", () => {
    for (const button of document.querySelectorAll("[data-theme-button]")) {
      button.hidden = false;
      showTheme(button);
    }
    for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;
    ownZone(document);
    document.querySelector(".error-summary")?.focus();
  });
})();
