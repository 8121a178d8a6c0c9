// Tells the server the browser's zone with the login, offers it under Settings, shows local times.
(() => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "";

  for (const field of document.querySelectorAll("[data-browser-zone]")) field.value = zone;

  for (const time of document.querySelectorAll("time[data-local-time]")) {
    time.textContent = new Date(time.dateTime).toLocaleString(document.documentElement.lang, { dateStyle: "long", timeStyle: "short" });
  }

  for (const field of document.querySelectorAll("[data-select-all]")) {
    field.addEventListener("focus", () => field.select());
  }

  const form = document.querySelector("form[data-zone]");
  if (!form || !zone) return;
  const choice = form.elements.timezone;
  if (![...choice.list.options].some((option) => option.value === zone)) return;
  if (!form.dataset.zone) {
    choice.value = zone;
    form.requestSubmit(); // the first time there is nothing to ask
  } else if (form.dataset.zone !== zone) {
    const hint = form.querySelector("[data-zone-hint]");
    hint.textContent = form.dataset.moved.replace("%(zone)s", zone);
    hint.hidden = false;
  }
})();
