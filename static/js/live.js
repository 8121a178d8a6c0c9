// One socket a page: the state of the player as it changes, told to the page as `playback` events.
// Without a socket it asks every ten seconds, and tries the socket again, ever less often.
(() => {
  const bar = document.querySelector("[data-live]");
  if (!bar) return;
  const ALIVE_MS = 20000, SILENT_MS = 30000, ASK_MS = 10000, LONGEST_WAIT_MS = 60000;
  const LOGIN = 4401, GONE = 4403;
  let wait = 1000, asking = null, state = null, receivedAt = 0;
  let socket = null, alive = null, retry = null, isRestored = false;
  let build = document.querySelector("main").dataset.build; // that the page was painted from

  const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));

  const take = (next) => {
    state = next;
    receivedAt = performance.now() - next.age_ms;
    tell("playback", { state, receivedAt });
    showBar();
    if ("build_id" in next) compare(next.build_id ?? "");
  };

  // told when it is published, and with some states for a page that was away then; "" is none
  const compare = (id) => {
    build ??= id; // a page without numbers counts from the first state
    if (id <= build) return; // they sort by time
    build = id;
    tell("build", id);
  };

  // where the item is by now, by this browser's own clock
  const position = () => {
    if (!state || state.progress_ms == null) return null;
    const moved = state.is_playing ? performance.now() - receivedAt : 0;
    return Math.min(state.progress_ms + moved, state.item?.duration_ms ?? Infinity);
  };

  const ask = async () => {
    try {
      const answer = await fetch(bar.dataset.state, { headers: { Accept: "application/json" } });
      if (!answer.ok || answer.redirected) return;
      take(await answer.json());
      tell("play"); // perhaps: without a socket nobody says so
    } catch {
      tell("offline");
    }
  };

  const open = () => {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    socket = new WebSocket(`${scheme}://${location.host}/ws/now/`);
    let heardAt = performance.now();
    socket.onopen = () => {
      wait = 1000;
      clearInterval(asking);
      asking = null;
      alive = setInterval(() => {
        if (performance.now() - heardAt > SILENT_MS) return socket.close(); // half open, or asleep
        socket.send("alive");
      }, ALIVE_MS);
      tell("online");
    };
    socket.onmessage = ({ data }) => {
      heardAt = performance.now();
      const message = JSON.parse(data);
      if (message.type === "state") take(message.state);
      if (message.type === "play") tell("play");
      if (message.type === "build") compare(message.build_id);
    };
    socket.onclose = ({ code }) => {
      clearInterval(alive);
      if (code === LOGIN && isRestored) return location.reload(); // logged out since: it leads to the login
      if (code === LOGIN || code === GONE) return tell("gone");
      tell("offline");
      asking ??= setInterval(ask, ASK_MS);
      retry = setTimeout(open, wait * (0.5 + Math.random() / 2));
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    };
  };

  // Chromium keeps a page for the way back only without a socket; Safari ends the socket of a kept one
  const close = () => {
    for (const timer of [alive, asking, retry]) clearTimeout(timer);
    asking = null;
    socket.onclose = null;
    socket.close();
  };
  addEventListener("pagehide", () => socket && close());
  addEventListener("pageshow", ({ persisted }) => {
    isRestored = persisted;
    if (persisted) open();
  });

  const showBar = () => {
    const item = state.item;
    bar.hidden = !item || location.pathname === "/now/";
    if (bar.hidden) return;
    const image = bar.querySelector("img");
    image.hidden = !item.image_url;
    const cover = item.thumbnail_url ?? item.image_url;
    if (cover && image.getAttribute("src") !== cover) {
      image.src = cover;
      image.srcset = `${cover} 1x, ${item.image_url} 2x`;
    }
    bar.querySelector("strong").textContent = state.title;
    bar.querySelector(".nowbar__by").textContent = state.subtitle;
    bar.querySelector(".nowbar__how").textContent = state.is_playing ? "" : bar.dataset.paused;
    const progress = bar.querySelector("progress");
    progress.max = item.duration_ms || 1;
    progress.value = position() ?? 0;
  };

  setInterval(() => {
    if (state && !bar.hidden) bar.querySelector("progress").value = position() ?? 0;
  }, 1000);

  const painted = document.getElementById("now-state"); // what the server already painted
  window.player = { position };
  document.addEventListener("DOMContentLoaded", () => {
    if (painted && !state) take(JSON.parse(painted.textContent));
    open();
  });
})();
