// Spotify's own player below a recommendation, only on demand: until then nothing is asked of their
// site. One at a time.
(() => {
  const close = (button) => {
    button.setAttribute("aria-expanded", "false");
    button.closest("[data-recommendation]").querySelector("iframe")?.remove();
  };

  const open = (button) => {
    const frame = document.createElement("iframe");
    frame.src = `https://open.spotify.com/embed/track/${encodeURIComponent(button.dataset.preview)}`;
    frame.title = button.dataset.previewTitle;
    frame.height = 80;
    frame.allow = "encrypted-media";
    button.setAttribute("aria-expanded", "true");
    button.closest("[data-recommendation]").append(frame);
  };

  document.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-preview]");
    if (!button) return;
    const isOpen = button.getAttribute("aria-expanded") === "true";
    for (const other of document.querySelectorAll("[data-preview][aria-expanded=true]")) close(other);
    if (!isOpen) open(button);
  });
})();
