// The status page reads itself anew; it waits while somebody works with a part of it.
(() => {
  const EVERY_MS = 5000;
  const part = () => document.querySelector("[data-status]");
  const renew = async () => {
    const answer = await fetch(location.href, { cache: "no-store" });
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const next = page.querySelector("[data-status]");
    if (next && !part().contains(document.activeElement)) part().replaceWith(next);
  };
  setInterval(async () => {
    if (document.hidden) return;
    try {
      await renew();
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // the network is away: try again
    }
  }, EVERY_MS);
})();
