// Before the first paint: the theme that was chosen here, if one was. Without it the system's theme holds.
(() => {
  const chosen = localStorage.getItem("theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  document.documentElement.dataset.script = "on";
})();
