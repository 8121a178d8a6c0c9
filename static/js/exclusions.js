// Names to exclude are looked up while one types. Without this script the field offers the 50 most
// played of each kind.
(() => {
  const field = document.querySelector("#rule-value");
  const WAIT_MS = 120;
  let waiting = null, running = null;

  const suggest = async () => {
    running?.abort();
    running = new AbortController();
    const address = `${field.list.dataset.suggestions}?${new URLSearchParams({ q: field.value.trim() })}`;
    try {
      const answer = await fetch(address, { signal: running.signal });
      if (answer.ok && !answer.redirected) field.list.innerHTML = await answer.text();
    } catch (error) {
      if (error.name !== "AbortError" && !(error instanceof TypeError)) throw error; // the names shown stay
    }
  };

  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(suggest, WAIT_MS);
  });
})();
