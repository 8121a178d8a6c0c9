// The steps of an erasure come in by themselves; without a script the link "Look again" does it.
(() => {
  const EVERY_MS = 3000;
  const part = () => document.querySelector("[data-erasure]");
  const look = async () => {
    try {
      const answer = await fetch(location.href, { cache: "no-store" });
      if (answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const next = page.querySelector("[data-erasure]");
        const isNew = next && next.innerHTML !== part().innerHTML;
        if (isNew && !part().contains(document.activeElement)) part().replaceWith(next);
      }
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // the network is away: try again
    }
    if (part().dataset.state !== "done") setTimeout(look, EVERY_MS);
  };
  setTimeout(look, EVERY_MS);
})();
