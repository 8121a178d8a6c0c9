// Sends feedback without leaving the page. The same forms work without this script.
(() => {
  class Refused extends Error {}
  const status = document.querySelector("[data-told]");
  let clearing;

  const tell = (words, { stays = false } = {}) => {
    clearTimeout(clearing);
    status.textContent = words;
    if (!stays) clearing = setTimeout(() => (status.textContent = ""), 8000);
  };

  const send = async (form, verdict) => {
    const body = new FormData(form);
    body.set("verdict", verdict);
    const answer = await fetch(form.action, {
      method: "POST",
      body,
      headers: { Accept: "application/json" },
    });
    const { told } = await answer.json();
    if (!answer.ok) throw new Refused(told);
    tell(told);
    return told;
  };

  // the entry keeps its place, so that nothing moves under a finger and undo is where one looks
  const fold = (form, told) => {
    const entry = form.closest("[data-recommendation]");
    const note = document.createElement("p");
    const undo = document.createElement("button");
    note.className = "undo";
    undo.type = "button";
    undo.className = "button button--quiet button--small";
    undo.textContent = status.dataset.undo;
    undo.addEventListener("click", () => attempt(async () => {
      await send(form, "clear");
      show(form, null);
      entry.removeAttribute("data-folded");
      note.remove();
      form.querySelector("button[data-feedback=hide]").focus();
    }));
    note.append(told, " ", undo);
    entry.setAttribute("data-folded", "");
    entry.append(note);
    undo.focus();
  };

  const show = (form, pressed) => {
    for (const button of form.querySelectorAll("[aria-pressed]")) {
      const on = button === pressed && pressed.value !== "clear";
      button.setAttribute("aria-pressed", String(on));
    }
    for (const button of form.querySelectorAll("[aria-pressed]"))
      button.value = button.getAttribute("aria-pressed") === "true" ? "clear" : button.dataset.feedback;
  };

  const attempt = async (action) => {
    try {
      await action();
    } catch (problem) {
      tell(problem instanceof Refused ? problem.message : status.dataset.failed, { stays: true });
    }
  };

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-feedback-form]");
    const button = event.submitter;
    if (!form || !button) return;
    event.preventDefault();
    attempt(async () => {
      const told = await send(form, button.value);
      if (button.dataset.feedback === "hide") fold(form, told);
      else show(form, button);
    });
  });
})();
