// Search from every page: "/" or Ctrl+K go to its field, and results appear while one types. Without
// this script Enter leads to the page of results.
(() => {
  const form = document.querySelector("form[data-suggestions]");
  if (!form) return;
  const field = form.querySelector('input[type="search"]');
  const results = form.querySelector(".site-search__results");
  const status = form.querySelector('[role="status"]');
  const WAIT_MS = 80;
  let waiting = null, running = null;

  const isTyping = (target) => target.closest?.("input, textarea, select, [contenteditable]");

  const close = () => {
    clearTimeout(waiting);
    running?.abort();
    results.hidden = true;
  };

  const suggest = async () => {
    running?.abort();
    const query = field.value.trim();
    if (query.length < 2) return close();
    running = new AbortController();
    try {
      const answer = await fetch(`${form.dataset.suggestions}?${new URLSearchParams({ q: query })}`, { signal: running.signal });
      if (!answer.ok || answer.redirected) return close();
      results.innerHTML = await answer.text();
      results.hidden = false;
      status.textContent = results.querySelector("[data-summary]")?.dataset.summary ?? "";
    } catch (error) {
      if (error.name !== "AbortError") close(); // Enter still leads to the page of results
    }
  };

  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(suggest, WAIT_MS);
  });
  field.addEventListener("focus", () => {
    if (field.value.trim() && results.childElementCount) results.hidden = false;
  });
  form.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget && !form.contains(relatedTarget)) close();
  });
  document.addEventListener("click", ({ target }) => {
    if (!form.contains(target)) close();
  });
  document.addEventListener("keydown", (event) => {
    const { key, target, ctrlKey, metaKey, altKey } = event;
    const isShortcut = key === "/" ? !ctrlKey && !metaKey && !altKey && !isTyping(target) : key === "k" && (ctrlKey || metaKey);
    if (isShortcut) {
      event.preventDefault();
      field.focus();
      field.select();
    }
    if ((key === "ArrowDown" || key === "ArrowUp") && form.contains(target) && !results.hidden) {
      const stops = [field, ...results.querySelectorAll("a")];
      const next = stops[stops.indexOf(target) + (key === "ArrowDown" ? 1 : -1)];
      if (next) event.preventDefault();
      next?.focus();
    }
    if (key === "Escape" && form.contains(target) && !results.hidden) {
      event.preventDefault();
      field.focus();
      close();
    }
  });
})();
