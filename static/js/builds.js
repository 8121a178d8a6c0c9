// After each published build the pages of numbers read themselves anew, where they stand.
// Forms, open parts and the place one reads are left alone; what cannot be matched asks first. A
// page that had nothing to show yet is loaded again.
(() => {
  const PAGES = ["/", "/top/", "/trends/"];
  const isEmpty = Boolean(document.querySelector("[data-nothing-yet]"));
  if (!isEmpty && !PAGES.includes(location.pathname)) return;
  const PARTS = [
    ".lately", ".stats", ".facts", ".list", "table", ".card__note", ".card__head > h2", ".as-of", ".page-head > div > p",
    ".legend", "script[type='application/json']",
  ].map((part) => `main ${part}`);
  const LONGEST_WAIT_MS = 3000;

  const pairs = (next) =>
    PARTS.flatMap((part) => {
      const [mine, theirs] = [document, next].map((page) => [...page.querySelectorAll(part)]);
      if (mine.length !== theirs.length) throw new RangeError(part);
      return mine.map((element, index) => [element, theirs[index]]);
    });

  const offer = () => {
    if (document.querySelector("[data-new-numbers]")) return;
    const note = Object.assign(document.createElement("p"), { className: "notice" });
    note.dataset.newNumbers = "";
    note.setAttribute("role", "status");
    const words = document.querySelector("[data-live]").dataset;
    const link = Object.assign(document.createElement("a"), { href: location.href, textContent: words.show });
    note.append(`${words.ready} `, link);
    document.querySelector("main").prepend(note);
  };

  const refresh = async () => {
    const answer = await fetch(location.href, { cache: "no-store" });
    if (!answer.ok || answer.redirected) return;
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    try {
      for (const [mine, theirs] of pairs(next))
        if (mine.innerHTML !== theirs.innerHTML && !mine.contains(document.activeElement))
          mine.innerHTML = theirs.innerHTML;
      dispatchEvent(new Event("themechange")); // charts draw themselves anew
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      offer();
    }
  };

  // not all open pages in the same moment
  document.addEventListener("build", ({ detail: id }) => {
    if (isEmpty && sessionStorage.reloadedFor === id) return; // it is gone, or has no plays either
    if (isEmpty) sessionStorage.reloadedFor = id;
    const renew = isEmpty ? () => location.reload() : refresh;
    setTimeout(renew, Math.random() * LONGEST_WAIT_MS);
  });
})();
