// Sends forms without leaving the page: feedback, the queue, a playlist. They work without this script too.
(() => {
  class Refused extends Error {}
  const status = document.querySelector("[data-in-place-status]");
  let clearing;

  // the server's sentences are HTML, as some end in a link: those stay until one clicks elsewhere
  const announce = (message, { stays = message.includes("<a ") } = {}) => {
    clearTimeout(clearing);
    status.innerHTML = message;
    if (!stays) clearing = setTimeout(() => (status.innerHTML = ""), 8000);
  };

  const send = async (form, button, values = {}) => {
    const body = new FormData(form);
    for (const [name, value] of Object.entries(values)) body.set(name, value);
    const answer = await fetch(button.getAttribute("formaction") ?? form.action, {
      method: "POST",
      body,
      headers: { Accept: "application/json" },
    });
    if (answer.redirected) return location.reload(); // logged out: the page leads to the login
    const { message, consent } = await answer.json();
    if (consent) return location.assign(consent);
    renew(form);
    if (!answer.ok) throw new Refused(message);
    announce(message);
    return message;
  };

  // an answer came, so the next press is another one; without an answer it repeats this one
  const renew = ({ elements: { once } }) => {
    if (once) once.value = Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(36)).join("");
  };

  // the entry keeps its place, so that nothing moves under a finger and undo is where one looks
  const fold = (form, button, message) => {
    const entry = form.closest("[data-recommendation]");
    const note = document.createElement("p");
    const undo = document.createElement("button");
    note.className = "undo";
    undo.type = "button";
    undo.className = "button button--quiet button--small";
    undo.textContent = status.dataset.undo;
    undo.addEventListener("click", () => attempt(form, async () => {
      if (!await send(form, button, { verdict: "clear" })) return;
      show(form, null);
      entry.removeAttribute("data-folded");
      note.remove();
      form.querySelector("summary").focus();
    }));
    note.insertAdjacentHTML("afterbegin", `${message} `);
    note.append(undo);
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

  // "Show again" and its undo are one button
  const swap = (button) => {
    const label = button.querySelector("span");
    [button.value, button.dataset.undoes] = [button.dataset.undoes, button.value];
    [label.textContent, button.dataset.label] = [button.dataset.label, label.textContent];
  };

  const attempt = async (form, action) => {
    if (form.hasAttribute("aria-busy")) return; // pressed twice
    form.setAttribute("aria-busy", "true");
    try {
      await action();
    } catch (problem) {
      announce(problem instanceof Refused ? problem.message : status.dataset.failed, { stays: true });
    } finally {
      form.removeAttribute("aria-busy");
    }
  };

  const follow = (form, button, message) => {
    const { feedback, undoes } = button.dataset;
    if (undoes) swap(button);
    else if (feedback === "hide") fold(form, button, message);
    else if (feedback) show(form, button);
  };

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-in-place]");
    const button = event.submitter;
    if (!form || !button) return;
    event.preventDefault();
    const menu = button.closest("details.menu");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
    attempt(form, async () => {
      const message = await send(form, button, button.name ? { [button.name]: button.value } : {});
      if (message) follow(form, button, message);
    });
  });

  document.addEventListener("click", ({ target }) => status.contains(target) || announce(""));

  // back from Spotify's consent to a card: what came of it stands at the top of the page
  const arrived = location.hash && document.querySelector(".messages > li");
  if (arrived) announce(arrived.innerHTML);
})();
