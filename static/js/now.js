// The page Now playing: shows what live.js tells; recommendations for the track asked once.
(() => {
  const part = (name) => document.querySelector(`[data-now="${name}"]`);
  const words = JSON.parse(document.getElementById("now-words").textContent);
  const { fill, clock, ago, problem, tabTitle, score } = nowText(words, document.documentElement.lang);
  const OFFLINE = words.offline;
  const GONE = words.gone;
  const LOGS_IN = ["needs_login", "disconnected", "local"];
  let shown, recommendedFor = null, seenAt = null, length = 0, isOffline = false, last = null;
  let requestNumber = 0, clearTimer;
  const pageTitle = document.title;

  // writing the same again would be read out again
  const text = (name, value) => {
    const element = part(name);
    if (element.textContent.trim() !== value) element.textContent = value;
  };

  const show = ({ detail: { state, receivedAt } }) => {
    const item = state.item;
    const key = item ? item.track_id ?? `${item.artist_name} ${item.track_name}` : null;
    last = state;
    seenAt = state.observed_at ? receivedAt : null;
    length = item?.duration_ms ?? 0;
    part("card").dataset.kind = state.kind;
    part("card").dataset.track = item?.track_id ?? "";
    part("card").dataset.observed = state.observed_at ?? "";
    text("status", state.status);
    text("title", state.title);
    text("subtitle", state.subtitle);
    text("album", state.album);
    text("device", state.device_name ?? "");
    part("progress").hidden = !length;
    text("length", length ? clock(length) : "");
    trouble();
    if (key !== shown) changed(item, key);
    move();
  };

  // the class stays, its animation ends; laid out without it, the next one begins anew
  const highlight = (element) => {
    element.classList.remove("is-new");
    void element.offsetWidth;
    element.classList.add("is-new");
  };

  const changed = (item, key) => {
    if (shown !== undefined) highlight(part("card"));
    shown = key;
    cover(item);
    document.title = tabTitle(item, pageTitle);
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
    image.hidden = !item?.image_url;
    part("cover").querySelector(".art--none").hidden = !image.hidden;
    image.alt = item ? fill(words.cover, { name: item.album_name || item.track_name }) : "";
    if (image.hidden) ["src", "srcset"].forEach((name) => image.removeAttribute(name));
    else if (image.getAttribute("src") !== item.image_url) {
      image.src = item.image_url;
      image.srcset = `${item.image_url} 1x, ${item.large_image_url ?? item.image_url} 2x`;
    }
  };

  const trouble = () => {
    const sentence = problem(isOffline || last?.trouble_words || "", last);
    part("trouble").hidden = !sentence;
    part("login").hidden = isOffline !== GONE && (Boolean(isOffline) || !LOGS_IN.includes(last?.trouble));
    if (sentence) text("trouble-words", sentence);
  };

  const move = () => {
    const at = window.player?.position();
    if (length) {
      const bar = part("progress").querySelector("progress");
      bar.max = length;
      bar.value = at ?? 0;
      text("position", at == null ? "" : clock(at));
    }
    if (seenAt !== null) text("updated", ago(performance.now() - seenAt));
  };

  const recommend = async (item, { again = false } = {}) => {
    const id = item?.content_type === "track" ? item.track_id : null;
    if (id === recommendedFor && !again) return;
    recommendedFor = id;
    const number = (requestNumber += 1);
    if (!id) return list([], words.idle);
    try {
      const answer = await fetch(`/api/v1/recommendations/${encodeURIComponent(id)}?limit=10`, {
        headers: { Accept: "application/json" },
      });
      const found = await answer.json();
      if (number !== requestNumber) return; // another track or another build since
      list(found.recommendations ?? [], found.note ?? found.detail ?? words.none);
    } catch {
      if (number === requestNumber) list([], words.failed);
    }
  };

  const list = (rows, none) => {
    const target = part("recommendations");
    const isFirst = !target.childElementCount;
    target.replaceChildren(...rows.map(row));
    delete target.dataset.waits;
    part("scores").replaceChildren(...rows.map(scores));
    part("none").hidden = rows.length > 0;
    text("none", none);
    if (!isFirst) highlight(target);
  };

  const row = (found, index) => {
    const entry = part("row").content.cloneNode(true);
    const put = (selector, value) => (entry.querySelector(selector).textContent = value);
    const percent = score(found.recommendation_score);
    put(".rank", String(index + 1));
    put(".media__title", found.track_name ?? "");
    entry.querySelector(".media__title").title = found.track_name ?? "";
    put(".media__sub", found.artist_name ?? "");
    put(".now-row__why", found.reason ?? "");
    put(".number", String(percent));
    thumbnail(entry.querySelector("img"), found);
    entry.querySelector("rect").setAttribute("width", `${percent}%`);
    entry.querySelector(".bar").setAttribute("aria-label", fill(words.score, { score: percent }));
    const isAtSpotify = !found.track_id.startsWith("name:");
    const link = entry.querySelector("a");
    const preview = entry.querySelector("[data-now=listen]");
    link.hidden = preview.hidden = !isAtSpotify;
    link.href = `https://open.spotify.com/track/${encodeURIComponent(found.track_id)}`;
    preview.setAttribute("aria-label", fill(words.preview, { name: found.track_name }));
    const place = entry.querySelector(".now-row__embed");
    preview.addEventListener("click", () => embed(place, found.track_id));
    fillFeedback(entry.querySelector("form"), found);
    return entry;
  };

  // what the score was made of, for who wants to know
  const scores = (found) => {
    const entry = document.createElement("li");
    entry.textContent = fill(words.parts, {
      name: found.track_name ?? words.track,
      cooccurrence: Number(found.cooccurrence_score ?? 0).toFixed(2),
      affinity: Math.round(found.artist_affinity ?? 0),
    });
    return entry;
  };

  // the file that a square needs; an answer that was stored by an older version has none
  const thumbnail = (image, { image_url: url, thumbnail_url: small }) => {
    image.hidden = !url;
    if (!url) return;
    image.src = small ?? url;
    image.srcset = `${image.src} 1x, ${url} 2x`;
  };

  const fillFeedback = (form, found) => {
    const name = found.track_name ?? words.track;
    for (const [element, attribute] of [[form, "action"], [form.querySelector("[formaction]"), "formaction"]])
      element.setAttribute(attribute, element.getAttribute(attribute).replace("TRACK_ID", encodeURIComponent(found.track_id)));
    const label = form.querySelector("summary > .visually-hidden");
    label.textContent = label.textContent.replace("TRACK_NAME", () => name);
    for (const button of form.querySelectorAll("button")) {
      if (button.hasAttribute("aria-label"))
        button.setAttribute("aria-label", button.getAttribute("aria-label").replace("TRACK_NAME", () => name));
      if (!found.verdict || button.dataset.feedback !== found.verdict) continue;
      button.setAttribute("aria-pressed", "true");
      button.value = "clear";
    }
  };

  // Spotify's own player, only on demand: until then nothing is asked of their site
  const embed = (place, id) => {
    if (place.childElementCount) return place.replaceChildren();
    const frame = document.createElement("iframe");
    frame.src = `https://open.spotify.com/embed/track/${encodeURIComponent(id)}`;
    frame.title = words.player;
    frame.height = 152;
    frame.loading = "lazy";
    frame.allow = "encrypted-media";
    place.replaceChildren(frame);
  };

  part("preview").addEventListener("click", () => embed(part("embed"), recommendedFor ?? ""));

  part("refresh").addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.target;
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body: new FormData(form),
        headers: { Accept: "application/json" },
      });
      text("answer", (await answer.json()).message);
    } catch {
      text("answer", words.noAnswer);
    }
    clearTimeout(clearTimer);
    clearTimer = setTimeout(() => text("answer", ""), 5000);
  });

  const connection = (words) => () => {
    isOffline = words;
    trouble();
  };
  document.addEventListener("playback", show);
  document.addEventListener("offline", connection(OFFLINE));
  document.addEventListener("gone", connection(GONE));
  document.addEventListener("online", connection(false));
  document.addEventListener("build", () => last && recommend(last.item, { again: true }));
  setInterval(move, 250);
})();
