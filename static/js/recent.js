// The newest plays, read anew as soon as one ended: no build is needed for that.
(() => {
  const list = document.querySelector("[data-recent]");
  if (!list) return;
  const read = async () => {
    const answer = await fetch(list.dataset.recent, { cache: "no-store" });
    if (!answer.ok || answer.redirected || list.contains(document.activeElement)) return;
    const html = await answer.text();
    delete list.dataset.fills;
    if (html !== list.innerHTML) list.innerHTML = html;
  };
  document.addEventListener("play", () => document.hidden || read());
  if ("fills" in list.dataset) read(); // painted empty, as its page asks for nothing of a build
})();
