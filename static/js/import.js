// Sends the chosen or dropped files with progress; asks how far a running import has come.
(() => {
  const form = document.querySelector("form[data-import]");
  const part = (name) => form.querySelector(`[data-${name}]`);
  const fill = (text, values) => text.replace(/%\((\w+)\)s/g, (_, name) => values[name]);
  const input = form.elements.files;
  const size = (bytes) => (bytes > 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.ceil(bytes / 1e3)} kB`);

  const trouble = (text) => {
    part("trouble").textContent = text;
    part("trouble").hidden = !text;
  };

  // the page again, at the card of an import: its state is read out, and is in view on a phone
  const reloadAt = (card) => {
    history.scrollRestoration = "manual"; // else the page is again where it was left
    location.hash = card;
    location.reload();
  };
  if (location.hash) document.getElementById(location.hash.slice(1))?.focus();

  const total = () => [...input.files].reduce((sum, file) => sum + file.size, 0);

  const chosen = () => {
    const names = [...input.files].map((file) => file.name);
    part("chosen").textContent = names.length
      ? `${names.slice(0, 3).join(", ")}${names.length > 3 ? ` ${fill(form.dataset.more, { count: names.length - 3 })}` : ""} · ${size(total())}`
      : "";
    trouble(total() > Number(form.dataset.maxBytes) ? fill(form.dataset.tooLarge, { size: size(form.dataset.maxBytes) }) : "");
  };

  const drop = part("drop");
  input.addEventListener("change", chosen);
  chosen(); // a browser may have kept files over a reload
  for (const kind of ["dragenter", "dragover"])
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.add("drop--over");
    });
  for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.remove("drop--over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    input.files = event.dataTransfer.files;
    chosen();
  });

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!part("trouble").hidden) return;
    const button = form.querySelector("button");
    const request = new XMLHttpRequest();
    const ended = (text) => {
      button.disabled = false;
      part("sending").hidden = true;
      trouble(text);
    };
    request.upload.addEventListener("progress", ({ loaded, total: all }) => {
      const percent = Math.floor((100 * loaded) / all);
      form.querySelector("progress").value = percent;
      part("percent").textContent = percent < 100 ? `${percent}%` : form.dataset.sent;
    });
    request.addEventListener("load", () => {
      if (request.status === 202) {
        form.reset(); // Firefox would keep the file over the reload
        return reloadAt(request.response.card);
      }
      ended(request.response?.error || form.dataset.refused);
    });
    request.addEventListener("error", () => ended(form.dataset.broken));
    request.open("POST", form.action);
    request.responseType = "json";
    request.setRequestHeader("Accept", "application/json");
    request.send(new FormData(form));
    button.disabled = true;
    part("sending").hidden = false;
    trouble("");
  });

  const poll = async (card) => {
    let state;
    try {
      const answer = await fetch(card.dataset.poll, { headers: { Accept: "application/json" } });
      state = answer.ok ? await answer.json() : null;
    } catch {
      state = null; // the server is away for a moment
    }
    if (state && !["waiting", "running"].includes(state.status)) return reloadAt(card.id);
    if (state) {
      card.querySelector("progress").value = state.percent;
      card.querySelector("[data-percent]").textContent = `${state.percent}%`;
      const status = card.querySelector("[data-status]");
      if (status.textContent !== state.status_text) status.textContent = state.status_text; // else it is read out anew
    }
    setTimeout(poll, 1000, card);
  };
  document.querySelectorAll("[data-poll]").forEach(poll);
})();
