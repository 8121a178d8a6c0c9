// The history goes on while one scrolls: the next page is fetched as a fragment, and the address is
// that of the page in view. Without this script the same links lead from page to page.
(() => {
  const pages = document.querySelector("[data-history]");
  if (!pages) return;
  const status = document.querySelector("[data-history-status]");
  const PAGES_WITHOUT_A_CLICK = 5; // then the foot of the page can be reached
  let loaded = 0, isLoading = false, restore = null;

  const absolute = (address) => new URL(address, location.href).href;

  // several pages may show plays of one day: the later ones join the first
  const joinDays = (page) => {
    const days = page.querySelectorAll(".history__day");
    const last = [...pages.querySelectorAll(".history__day")].filter((day) => !page.contains(day)).at(-1);
    const first = days[0];
    if (!last || !first || last.dataset.day !== first.dataset.day) return;
    last.querySelector("ol").append(...first.querySelectorAll("li"));
    first.remove();
  };

  const load = async (link, { focus = false } = {}) => {
    if (isLoading) return;
    isLoading = true;
    link.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(link.href, { headers: { "X-Fragment": "history" } });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".history__page");
      page.querySelector("[data-newer]")?.remove();
      const rows = [...page.querySelectorAll(".history__row")];
      link.closest("[data-older]").remove();
      pages.append(page);
      joinDays(page);
      watch(page);
      status.textContent = status.dataset.loaded ?? "";
      if (focus) rows[0]?.querySelector("a").focus({ preventScroll: true });
      restore?.(); // what one read may stand below the first page that came
      restore = null;
      loaded += 1;
    } catch {
      location.href = link.href; // the plain way, which explains what is wrong
    } finally {
      isLoading = false;
    }
  };

  const inView = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries)
      if (isIntersecting) history.replaceState(history.state, "", absolute(target.dataset.address));
  }, { rootMargin: "-45% 0px -45% 0px" });

  const nearEnd = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries)
      if (isIntersecting && loaded < PAGES_WITHOUT_A_CLICK) {
        nearEnd.unobserve(target);
        load(target);
      }
  }, { rootMargin: "600px 0px" });

  const watch = (page) => {
    inView.observe(page);
    const older = page.querySelector('a[rel="next"]');
    if (!older) return;
    nearEnd.observe(older);
    older.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      loaded = 0;
      load(older, { focus: true });
    });
  };

  // a play that ended appears on top, while nothing below was loaded and nobody is in the page
  document.addEventListener("play", async () => {
    const [page, ...more] = pages.querySelectorAll(".history__page");
    const isInUse = more.length || document.hidden || page.contains(document.activeElement) || page.querySelector("details[open]");
    if (!("top" in page.dataset) || isInUse) return;
    const answer = await fetch(absolute(page.dataset.address), { headers: { "X-Fragment": "history" }, cache: "no-store" });
    if (!answer.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".history__page");
    if (!fresh || fresh.isEqualNode(page)) return;
    page.replaceWith(fresh);
    watch(fresh);
  });

  for (const page of pages.querySelectorAll(".history__page")) watch(page);

  // A reload begins with the page in view, and so does the way back in a browser that kept nothing: what
  // one read stands where it stood, counted from the first row of that page.
  history.scrollRestoration = "manual";
  addEventListener("pagehide", () => {
    const all = [...pages.querySelectorAll(".history__page")];
    const row = all.find((page) => absolute(page.dataset.address) === location.href)?.querySelector(".history__row");
    const top = row?.getBoundingClientRect().top;
    sessionStorage.historyPlace = JSON.stringify(row && scrollY ? { address: location.href, event: row.dataset.event, top } : {});
  });
  const { address, event, top } = JSON.parse(sessionStorage.historyPlace ?? "{}");
  const isAgain = performance.getEntriesByType("navigation")[0]?.type !== "navigate" && address === location.href;
  restore = () => {
    const row = isAgain && pages.querySelector(`[data-event="${CSS.escape(event)}"]`);
    const away = () => row.getBoundingClientRect().top - top;
    if (row) scrollBy(0, away());
    if (!row || Math.abs(away()) < 2) restore = null;
  };
  restore();
})();
