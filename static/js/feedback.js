// Sends feedback without leaving the page. The same forms work without this script.
(() => {
  const status = document.querySelector("[data-told]");

  const say = async (form, button) => {
    const body = new FormData(form);
    body.set("verdict", button.value);
    const answer = await fetch(form.action, {
      method: "POST",
      body,
      headers: { Accept: "application/json" },
    });
    if (!answer.headers.get("Content-Type")?.startsWith("application/json")) throw new Error("");
    const { told } = await answer.json();
    status.textContent = told;
    if (!answer.ok) throw new Error(told);
  };

  const show = (form, pressed) => {
    if (pressed.dataset.feedback === "hide") {
      const next = form.closest("[data-recommendation]").nextElementSibling;
      form.closest("[data-recommendation]").remove();
      next?.querySelector("a")?.focus();
      return;
    }
    const isOn = pressed.value !== "clear";
    for (const button of form.querySelectorAll("[aria-pressed]")) {
      const on = button === pressed && isOn;
      button.setAttribute("aria-pressed", String(on));
      button.value = on ? "clear" : button.dataset.feedback;
    }
  };

  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("[data-feedback-form]");
    if (!form || !event.submitter) return;
    event.preventDefault();
    try {
      await say(form, event.submitter);
      show(form, event.submitter);
    } catch {
      status.textContent = "That was not kept. Look at the connection and press again.";
    }
  });
})();
