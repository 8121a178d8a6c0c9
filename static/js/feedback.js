// Sends feedback without leaving the page. The same forms work without this script.
(() => {
  class Refused extends Error {}
  const status = document.querySelector("[data-told]");
  let clearing;

  const announce = (message, { stays = false } = {}) => {
    clearTimeout(clearing);
    status.textContent = message;
    if (!stays) clearing = setTimeout(() => (status.textContent = ""), 8000);
  };

  const send = async (form, kind) => {
    const body = new FormData(form);
    body.set("verdict", kind);
    const answer = await fetch(form.action, {
      method: "POST",
      body,
      headers: { Accept: "application/json" },
    });
    const { told: message } = await answer.json();
    if (!answer.ok) throw new Refused(message);
    announce(message);
    return message;
  };

  // the entry keeps its place, so that nothing moves under a finger and undo is where one looks
  const fold = (form, message) => {
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
      form.querySelector("summary").focus();
    }));
    note.append(message, " ", undo);
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
      announce(problem instanceof Refused ? problem.message : status.dataset.failed, { stays: true });
    }
  };

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-feedback-form]");
    const button = event.submitter;
    if (!form || !button || button.hasAttribute("formaction")) return;
    event.preventDefault();
    form.querySelector("details").open = false;
    attempt(async () => {
      const message = await send(form, button.value);
      if (button.dataset.feedback === "hide") fold(form, message);
      else show(form, button);
    });
  });
})();
