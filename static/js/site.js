// What every page has: the theme switch, times in the reader's own words, forms that send on change.
(() => {
  const root = document.documentElement;
  const dark = () =>
    root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;

  for (const button of document.querySelectorAll("[data-theme-switch]")) {
    const show = () => button.setAttribute("aria-pressed", String(dark()));
    button.addEventListener("click", () => {
      root.dataset.theme = dark() ? "light" : "dark";
      localStorage.setItem("theme", root.dataset.theme);
      show();
      dispatchEvent(new Event("themechange"));
    });
    show();
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () =>
    dispatchEvent(new Event("themechange"))
  );

  for (const form of document.querySelectorAll("form[data-send-on-change]")) {
    form.addEventListener("change", (event) => {
      if (!event.target.closest("[data-no-send]")) form.requestSubmit();
    });
  }

  for (const link of document.querySelectorAll('.site-nav a[aria-current="page"]')) {
    link.scrollIntoView({ block: "nearest", inline: "center" });
  }
})();
