// Before the first paint: the theme this browser chose, else the system's.
(() => {
  document.documentElement.classList.add("js");
  const chosen = localStorage.getItem("theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;

  // the browser's bar around the page follows the choice, else the system
  const color = () => {
    const theme = document.documentElement.dataset.theme;
    for (const meta of document.querySelectorAll("meta[name=theme-color]"))
      meta.media = theme ? (meta.dataset.theme === theme ? "all" : "not all") : `(prefers-color-scheme: ${meta.dataset.theme})`;
  };
  color();
  addEventListener("themechange", color);
})();
