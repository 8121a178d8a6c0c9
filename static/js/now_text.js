// The texts of the page Now playing, in its own words. It touches no page itself, so
// that tests/browser/test_scripts.py can call it alone.
const nowText = (words, language) => {
  const plurals = new Intl.PluralRules(language);
  const fill = (text, values) => text.replace(/%\((\w+)\)s/g, (_, name) => values[name]);

  // a position in a track, from milliseconds
  const clock = (ms) => {
    const seconds = Math.max(0, Math.floor(ms / 1000));
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  };

  // how long ago something was, from milliseconds
  const ago = (ms) => {
    const seconds = Math.max(0, Math.round(ms / 1000));
    const [count, unit] =
      seconds < 120 ? [seconds, "second"] : seconds < 7200 ? [Math.floor(seconds / 60), "minute"]
        : [Math.floor(seconds / 3600), "hour"];
    return fill(words.ago[unit][plurals.select(count) === "one" ? 0 : 1], { n: count });
  };

  // a moment by this browser's clock, with its day where that is not today
  const moment = (iso) => {
    if (!iso) return words.start;
    const at = new Date(iso);
    const isToday = at.toDateString() === new Date().toDateString();
    return at.toLocaleString(language, { ...(isToday ? {} : { dateStyle: "medium" }), timeStyle: "short" });
  };

  // what is wrong with the player, since when and until when
  const problem = (text, state) =>
    text.replace("{since}", moment(state?.observed_at)).replace("{until}", moment(state?.due_at));

  // the browser's tab names the track
  const tabTitle = (item, page) => {
    const names = [item?.track_name, item?.artist_name].filter(Boolean).join(" – ");
    return names ? `${names} · ${page.split(" · ").at(-1)}` : page;
  };

  const score = (value) => Math.max(0, Math.min(100, Math.round(value)));

  return { fill, clock, ago, problem, tabTitle, score };
};
