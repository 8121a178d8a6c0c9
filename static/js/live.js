// One socket a page: the state of the player as it changes, told to the page as `playback` events.
// Without a socket it asks every ten seconds, and tries the socket again, ever less often.
(() => {
  const bar = document.querySelector("[data-live]");
  if (!bar) return;
  const ALIVE_MS = 20000, ASK_MS = 10000, LONGEST_WAIT_MS = 60000;
  const LOGIN = 4401, GONE = 4403;
  let wait = 1000, asking = null, state = null, receivedAt = 0;

  const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));

  const take = (next) => {
    state = next;
    receivedAt = performance.now() - next.age_ms;
    tell("playback", { state, receivedAt });
    showBar();
  };

  const position = () => {
    if (!state || state.progress_ms == null) return null;
    const moved = state.is_playing ? performance.now() - receivedAt : 0;
    return Math.min(state.progress_ms + moved, state.item?.duration_ms ?? Infinity);
  };

  const ask = async () => {
    try {
      const answer = await fetch(bar.dataset.state, { headers: { Accept: "application/json" } });
      if (answer.ok && !answer.redirected) take(await answer.json());
    } catch {
      tell("offline");
    }
  };

  const open = () => {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/ws/now/`);
    let alive = null;
    socket.onopen = () => {
      wait = 1000;
      clearInterval(asking);
      asking = null;
      alive = setInterval(() => socket.send('{"type":"alive"}'), ALIVE_MS);
      tell("online");
    };
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.type === "state") take(message.state);
      if (message.type === "build") tell("build", message);
    };
    socket.onclose = ({ code }) => {
      clearInterval(alive);
      if (code === LOGIN || code === GONE) return tell("offline");
      tell("offline");
      asking ??= setInterval(ask, ASK_MS);
      setTimeout(open, wait * (0.5 + Math.random() / 2));
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    };
  };

  const showBar = () => {
    const item = state.item;
    bar.hidden = !item || location.pathname === "/now/";
    if (bar.hidden) return;
    const image = bar.querySelector("img");
    image.hidden = !item.image_url;
    if (item.image_url && image.src !== item.image_url) image.src = item.image_url;
    bar.querySelector("strong").textContent = item.track_name ?? "";
    bar.querySelector(".nowbar__text span").textContent = item.artist_name ?? "";
    const progress = bar.querySelector("progress");
    progress.max = item.duration_ms || 1;
    progress.value = position() ?? 0;
  };

  setInterval(() => {
    if (state && !bar.hidden) bar.querySelector("progress").value = position() ?? 0;
  }, 1000);

  window.player = { position };
  open();
})();
