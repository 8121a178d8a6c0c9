// A part of a page reads itself anew every few seconds, until it says that it is done. It waits while
// somebody works with it; without this script a reload does the same.
(() => {
  const part = () => document.querySelector("[data-renew-seconds]");
  const renew = async () => {
    const answer = await fetch(location.href, { cache: "no-store" });
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const next = page.querySelector("[data-renew-seconds]");
    const isNew = next && next.innerHTML !== part().innerHTML;
    if (isNew && !part().contains(document.activeElement)) part().replaceWith(next);
  };
  const wait = () => setTimeout(look, Number(part().dataset.renewSeconds) * 1000);
  const look = async () => {
    try {
      if (!document.hidden) await renew();
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // the network is away: try again
    }
    if (part().dataset.state !== "done") wait();
  };
  wait();
})();
