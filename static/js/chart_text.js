// What charts write beside bars and axes, in the words of the page. It touches no page itself, so
// that tests/browser/test_scripts.py can call it alone.
const chartText = (words, language) => {
  const DAY = 86400;
  const STEPS = { day: DAY, week: 7 * DAY, month: 30.4 * DAY };
  const fill = (text, values) => text.replace(/%\((\w+)\)s/g, (_, name) => values[name]);
  const plurals = new Intl.PluralRules(language);
  const whole = new Intl.NumberFormat(language);
  const month = new Intl.DateTimeFormat(language, { timeZone: "UTC", month: "long", year: "numeric" });
  const at = (seconds) => new Date(seconds * 1000);

  // days and steps, from seconds of UTC
  const names = {
    day: (seconds) => `${words.weekdays[(at(seconds).getUTCDay() + 6) % 7]} ${names.date(seconds)}`,
    date: (seconds) => `${names.shortDay(seconds)} ${names.year(seconds)}`,
    week: (seconds) => fill(words.week, { date: names.date(seconds) }),
    month: (seconds) => month.format(at(seconds)),
    shortDay: (seconds) => `${at(seconds).getUTCDate()} ${names.shortMonth(seconds)}`,
    shortMonth: (seconds) => words.months[at(seconds).getUTCMonth()],
    year: (seconds) => at(seconds).getUTCFullYear(),
  };

  const time = (value) => {
    const all = Math.round(value), hours = Math.floor(all / 60), minutes = all % 60;
    if (hours >= 100) return fill(words.hours, { hours: whole.format(Math.round(value / 60)) });
    if (!hours) return fill(words.minutes, { minutes });
    return minutes ? fill(words.hoursAndMinutes, { hours, minutes }) : fill(words.hours, { hours });
  };

  // one value of a series with its unit: rank, share, minutes, plays or tracks
  const say = (value, unit) => {
    if (value == null) return "–";
    if (unit === "rank") return `#${whole.format(value)}`;
    if (unit === "share") return `${(value * 100).toFixed(value < 0.1 ? 1 : 0)}%`;
    if (unit === "minutes") return time(value);
    return fill(words[unit][plurals.select(value) === "one" ? 0 : 1], { count: whole.format(value) });
  };

  // one tick of the y axis; `most` is the chart's highest value
  const sayAxis = (value, unit, most) => {
    if (unit === "share") return `${Math.round(value * 100)}%`;
    if (unit === "rank") return value >= 1 ? `#${whole.format(value)}` : "";
    if (unit === "minutes" && most > 180) return fill(words.hours, { hours: whole.format(Math.round(value / 6) / 10) });
    if (unit === "minutes") return fill(words.minutes, { minutes: whole.format(value) });
    return value >= 10000 ? `${whole.format(value / 1000)}k` : whole.format(value);
  };

  // ticks of the x axis; the year stands below the first tick of each
  const dates = (spec, ticks) => {
    let year = null;
    return ticks.map((seconds) => {
      const own = names.year(seconds);
      const label = spec.step === "month" ? names.shortMonth(seconds) : names.shortDay(seconds);
      const line = own === year ? label : `${label}\n${own}`;
      year = own;
      return line;
    });
  };

  // ticks stand at the bars, as many as fit, counted from the last, which always has its label
  const ticks = (spec, width) => {
    const every = Math.ceil((spec.x.length * 64) / Math.max(64, width));
    return spec.x.filter((_, index) => (spec.x.length - 1 - index) % every === 0);
  };

  // ticks of an axis of ranks: the first place, and others up to `last` that do not crowd it
  const places = (step, last) => {
    const others = Array.from({ length: Math.floor(last / step) }, (_, index) => (index + 1) * step);
    return [1, ...others.filter((place) => place - 1 >= 0.75 * step)];
  };

  // the top of each series where each stands on those before it
  const stacked = (spec) => {
    const below = spec.x.map(() => 0);
    return spec.series.map((series) => series.values.map((value, index) => (below[index] += value || 0)));
  };

  const bandsAt = (spec, index) => {
    const first = spec.x[index], until = spec.x[index + 1] ?? first + STEPS[spec.step];
    return (spec.bands || []).filter((band) => until > band.first && first <= band.last);
  };

  // first and last day of a bar, as ISO dates, within the days that are shown: its first week may
  // begin before them
  const days = (spec, index, { first = "", last = "" } = {}) => {
    const begin = at(spec.x[index]);
    const end = spec.step === "month"
      ? new Date(Date.UTC(begin.getUTCFullYear(), begin.getUTCMonth() + 1, 0))
      : at(spec.x[index] + STEPS[spec.step] - DAY);
    const [from, to] = [begin, end].map((day) => day.toISOString().slice(0, 10));
    return [first > from ? first : from, last && last < to ? last : to];
  };

  const faded = (color, share) => color.replace(/^rgba?\(([^,]+,[^,]+,[^,)]+).*$/, `rgba($1, ${share})`);

  return { STEPS, names, say, sayAxis, dates, ticks, places, stacked, bandsAt, days, faded };
};
