// What every page has: the theme switch, times in the reader's own words, forms that send on change.
(() => {
  const root = document.documentElement;
  const dark = () =>
    root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;

  const setTheme = (name) => {
    if (name) localStorage.setItem("theme", (root.dataset.theme = name));
    else {
      localStorage.removeItem("theme");
      delete root.dataset.theme;
    }
    dispatchEvent(new Event("themechange"));
  };
  for (const button of document.querySelectorAll("[data-theme-switch]")) {
    const show = () => button.setAttribute("aria-pressed", String(dark()));
    button.addEventListener("click", () => setTheme(dark() ? "light" : "dark"));
    addEventListener("themechange", show);
    show();
  }
  for (const choice of document.querySelectorAll("[data-theme-choice]")) {
    const show = () => (choice.value = root.dataset.theme || "");
    choice.disabled = false;
    choice.addEventListener("change", () => setTheme(choice.value));
    addEventListener("themechange", show);
    show();
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () =>
    dispatchEvent(new Event("themechange"))
  );

  for (const form of document.querySelectorAll("form[data-send-on-change]")) {
    let pause;
    const sendLater = () => {
      clearTimeout(pause);
      // a date that is typed in part is no date yet: its end is a change again
      pause = setTimeout(() => form.checkValidity() && form.requestSubmit(), 900);
    };
    form.addEventListener("keydown", () => pause && sendLater());
    form.addEventListener("change", (event) => {
      for (const name of (event.target.dataset.clears || "").split(" ").filter(Boolean))
        if (form.elements[name]) form.elements[name].value = "";
      // a date changes with each digit that is typed: it is sent when typing has paused
      pause = clearTimeout(pause);
      if (event.target.type !== "date") form.requestSubmit();
      else if (!event.target.value || event.target.valueAsDate?.getUTCFullYear() >= 1950) sendLater();
    });
    // an address says what was chosen and nothing else
    // a browser that goes back or loads again may fill in what was chosen last: the page is that of its address
    addEventListener("pageshow", ({ persisted }) => {
      if (persisted || performance.getEntriesByType("navigation")[0]?.type !== "navigate") form.reset();
    });
    form.addEventListener("formdata", ({ formData }) => {
      for (const [name, value] of [...formData]) if (!value) formData.delete(name);
    });
  }

  // the clipboard is there only over https or on this machine; elsewhere a selected text is copied
  const copy = (text) => {
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    const field = Object.assign(document.createElement("textarea"), { value: text, className: "visually-hidden" });
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  };
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      await copy(button.dataset.copy);
      button.textContent = button.dataset.copied;
      const status = button.parentElement.querySelector("[data-copy-status]");
      if (status) status.textContent = button.dataset.copied;
    });
  }

  document.addEventListener("click", ({ target }) => {
    for (const open of document.querySelectorAll("details[data-closes][open]"))
      if (!open.contains(target)) open.open = false;
  });
  document.addEventListener("keydown", ({ key, target }) => {
    const menu = "details[data-closes][open]";
    // Safari gives a menu that was clicked no focus
    const open = key === "Escape" && (target === document.body ? document.querySelector(menu) : target.closest?.(menu));
    if (open) {
      open.open = false;
      open.querySelector("summary").focus();
    }
  });
  document.addEventListener("focusout", ({ target, relatedTarget }) => {
    const menu = relatedTarget && target.closest?.("details.menu[open]");
    if (menu && !menu.contains(relatedTarget)) menu.open = false;
  });

  // the offline page; only over https or on this machine
  navigator.serviceWorker?.register("/service-worker.js").catch(() => {});
})();
