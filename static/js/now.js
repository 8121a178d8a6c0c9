// The page of what plays now: what live.js tells, shown; recommendations for the track asked once.
(() => {
  const part = (name) => document.querySelector(`[data-now="${name}"]`);
  const WORDS = {
    nothing: "Nothing is playing",
    ad: "An advertisement",
    private: "A private session: nothing is kept",
    unknown: "Something that Spotify does not name",
  };
  const TROUBLE = {
    unreachable: (since) => `Spotify has not answered since ${since}.`,
    blocked: (since, due) => `Spotify asked us to wait until ${due}. Shown is what played at ${since}.`,
    needs_login: () => "The consent ran out: log in with Spotify again in Settings.",
    refused: (since) => `Spotify has refused to tell since ${since}. An admin finds the reason in the status page.`,
  };
  let shown = null, recommendedFor = null, seenAt = null, context = [];

  const clock = (ms) => {
    const seconds = Math.max(0, Math.floor(ms / 1000));
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  };
  const time = (moment) => (moment ? new Date(moment).toLocaleTimeString() : "the start");
  const text = (name, value) => {
    const element = part(name);
    if (element.textContent !== value) element.textContent = value;
  };

  const status = (state) => {
    if (!state.item) return WORDS[state.kind] ?? WORDS.nothing;
    const what = state.item.content_type === "track" ? "" : "A podcast, ";
    return what + (state.is_playing ? "playing" : "paused");
  };

  const show = ({ detail: { state, receivedAt } }) => {
    const item = state.item;
    const key = item ? item.track_id ?? `${item.artist_name} ${item.track_name}` : null;
    seenAt = receivedAt;
    part("card").dataset.kind = state.kind;
    part("card").dataset.track = item?.track_id ?? "";
    text("status", item ? status(state) : "");
    text("title", item ? item.track_name ?? "" : status(state));
    text("artist", item?.artist_name ?? "");
    text("album", item?.album_name ?? "");
    text("device", [state.device_name, state.device_type].filter(Boolean).join(", "));
    part("progress").hidden = !item?.duration_ms;
    text("length", item?.duration_ms ? clock(item.duration_ms) : "");
    trouble(state);
    if (key !== shown) changed(item, key);
    move();
  };

  const changed = (item, key) => {
    if (shown !== null) {
      part("card").classList.remove("is-new");
      requestAnimationFrame(() => part("card").classList.add("is-new"));
    }
    shown = key;
    cover(item);
    const link = part("link");
    link.hidden = !item?.url;
    if (item?.url) link.href = part("cover").href = item.url;
    else part("cover").removeAttribute("href");
    part("preview").hidden = !item?.track_id || item.content_type !== "track";
    part("embed").replaceChildren();
    recommend(item);
  };

  const cover = (item) => {
    const image = part("cover").querySelector("img");
    if (item?.image_url && image) {
      image.src = item.image_url;
      image.alt = `Cover of ${item.album_name ?? item.track_name}`;
    } else if (item?.image_url) {
      const fresh = Object.assign(new Image(300, 300), { src: item.image_url, className: "art art--large" });
      fresh.alt = `Cover of ${item.album_name ?? item.track_name}`;
      fresh.referrerPolicy = "no-referrer";
      part("cover").replaceChildren(fresh);
    } else if (image) {
      const none = Object.assign(document.createElement("span"), { className: "art art--none art--large" });
      part("cover").replaceChildren(none);
    }
  };

  const trouble = (state) => {
    const words = TROUBLE[state.trouble];
    part("trouble").hidden = !words;
    if (words) text("trouble", words(time(state.observed_at), time(state.due_at)));
  };

  const move = () => {
    const at = window.player?.position();
    if (at != null) {
      const bar = part("progress").querySelector("progress");
      bar.max = Number(shownLength()) || 1;
      bar.value = at;
      text("position", clock(at));
    }
    if (seenAt !== null) {
      const seconds = Math.max(0, Math.round((performance.now() - seenAt) / 1000));
      text("updated", `Last updated ${seconds} second${seconds === 1 ? "" : "s"} ago`);
    }
  };
  let length = 0;
  const shownLength = () => length;

  const recommend = async (item) => {
    const id = item?.content_type === "track" ? item.track_id : null;
    length = item?.duration_ms ?? 0;
    if (id === recommendedFor) return;
    const before = context.slice(0, 4).join(",");
    if (recommendedFor) context.unshift(recommendedFor);
    recommendedFor = id;
    if (!id) return list([], "Recommendations appear here while a track plays.");
    const query = new URLSearchParams({ limit: 10, ...(before && { context: before }) });
    try {
      const answer = await fetch(`/api/v1/recommendations/${encodeURIComponent(id)}?${query}`, {
        headers: { Accept: "application/json" },
      });
      const found = await answer.json();
      if (recommendedFor !== id) return;
      list(found.recommendations ?? [], found.detail ?? found.reason ?? "Nothing fits this track yet.");
      if (found.generated_at) {
        const source = found.cache_hit ? "from the cache" : "just worked out";
        text("figures", `${found.recommendations.length} recommendations, ${source}, as of ${time(found.generated_at)}`);
      }
    } catch {
      list([], "The recommendations did not arrive. They come with the next track.");
    }
  };

  const list = (rows, none) => {
    const target = part("recommendations");
    target.replaceChildren(...rows.map(row));
    part("none").hidden = rows.length > 0;
    text("none", none);
    text("figures", "");
    target.classList.remove("is-new");
    requestAnimationFrame(() => target.classList.add("is-new"));
  };

  const row = (found, index) => {
    const entry = part("row").content.cloneNode(true);
    const fill = (selector, value) => (entry.querySelector(selector).textContent = value);
    const score = Math.round(found.recommendation_score);
    fill(".rank", String(index + 1));
    fill(".media__title", found.track_name);
    fill(".media__sub", found.artist_name);
    fill(".now-row__why", found.reason ?? "");
    fill(".number", `${score} %`);
    const parts = [
      found.cooccurrence_score != null && `played together ${Number(found.cooccurrence_score).toFixed(2)}`,
      found.artist_affinity != null && `artist ${Math.round(found.artist_affinity)}`,
    ].filter(Boolean);
    fill(".now-row__parts", parts.join(", "));
    const meter = entry.querySelector("meter");
    meter.value = score;
    meter.setAttribute("aria-label", `Score of ${found.track_name}`);
    const link = entry.querySelector("a");
    link.href = `https://open.spotify.com/track/${encodeURIComponent(found.track_id)}`;
    return entry;
  };

  part("preview").addEventListener("click", () => {
    const frame = document.createElement("iframe");
    frame.src = `https://open.spotify.com/embed/track/${encodeURIComponent(recommendedFor ?? "")}`;
    frame.title = "Spotify's own player";
    frame.height = 152;
    frame.allow = "encrypted-media";
    part("embed").replaceChildren(frame);
  });

  part("refresh").addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.target;
    const answer = await fetch(form.action, {
      method: "POST",
      body: new FormData(form),
      headers: { Accept: "application/json" },
    });
    text("answer", (await answer.json()).message);
    setTimeout(() => text("answer", ""), 4000);
  });

  document.addEventListener("playback", show);
  document.addEventListener("offline", () => {
    part("trouble").hidden = false;
    text("trouble", "The connection to this site is lost. It is tried again by itself.");
  });
  document.addEventListener("online", () => (part("trouble").hidden = true));
  setInterval(move, 250);
})();
