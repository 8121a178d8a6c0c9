// Draws every [data-chart] with uPlot from the JSON beside it. The same numbers stand in a table
// below each chart, so nothing here is the only way to read them.
(() => {
  const words = JSON.parse(document.getElementById("chart-words").textContent);
  const text = chartText(words, document.documentElement.lang);
  const { STEPS } = text;

  const ink = (name) => {
    const probe = document.createElement("span");
    probe.style.color = `var(${name})`;
    document.body.append(probe);
    const color = getComputedStyle(probe).color;
    probe.remove();
    return color;
  };
  // ticks of the y axis that read well as hours
  const hourSteps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 3000, 6000, 12000, 30000, 60000];

  // stripes, so that a gap is told from a bar without its colour
  function stripes(ctx, color) {
    const size = 8 * devicePixelRatio;
    const tile = Object.assign(document.createElement("canvas"), { width: size, height: size });
    const pen = tile.getContext("2d");
    pen.fillStyle = text.faded(color, 0.1);
    pen.fillRect(0, 0, size, size);
    pen.strokeStyle = text.faded(color, 0.7);
    pen.lineWidth = 1.5 * devicePixelRatio;
    pen.beginPath();
    for (const at of [-size, 0, size]) {
      pen.moveTo(at, size);
      pen.lineTo(at + size, 0);
    }
    pen.stroke();
    return ctx.createPattern(tile, "repeat");
  }

  // gaps over the bars, at least three pixels wide: open ones striped, filled ones between dashes
  function bands(spec) {
    return (plot) => {
      const { ctx, bbox } = plot;
      if (!spec.bands?.length) return;
      ctx.save();
      const open = stripes(ctx, ink("--series-2"));
      ctx.strokeStyle = ink("--series-3");
      ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
      ctx.lineWidth = devicePixelRatio;
      for (const band of spec.bands) {
        const middle = spec.kind === "line" ? 0 : STEPS[spec.step] / 2; // a bar stands on its first day
        const left = Math.max(bbox.left, plot.valToPos(band.first - middle, "x", true));
        const right = Math.min(bbox.left + bbox.width, plot.valToPos(band.last - middle, "x", true));
        if (right < bbox.left || left > bbox.left + bbox.width) continue;
        const width = Math.max(3 * devicePixelRatio, right - left);
        if (band.is_open) {
          ctx.fillStyle = open;
          ctx.fillRect(left, bbox.top, width, bbox.height);
        } else ctx.strokeRect(left, bbox.top, width, bbox.height);
      }
      ctx.restore();
    };
  }

  function tip(spec, host) {
    const box = document.createElement("div");
    box.className = "chart__tip";
    box.hidden = true;
    host.append(box);
    return (plot) => {
      const at = plot.cursor.idx;
      box.hidden = at == null || plot.cursor.left < 0;
      if (box.hidden) return;
      const head = document.createElement("strong");
      head.textContent = text.names[spec.step](spec.x[at]);
      const lines = spec.series.map((series) => {
        const line = document.createElement("div");
        const label = spec.series.length > 1 ? `${series.label}: ` : "";
        line.textContent = label + text.say(series.values[at], series.unit);
        return line;
      });
      for (const band of text.bandsAt(spec, at).slice(0, 2)) {
        const line = document.createElement("div");
        line.textContent = band.label;
        lines.push(line);
      }
      box.replaceChildren(head, ...lines);
      const left = plot.valToPos(spec.x[at], "x") + plot.over.offsetLeft;
      const flips = left + box.offsetWidth + 16 > host.clientWidth;
      box.style.left = `${Math.max(0, flips ? left - box.offsetWidth - 10 : left + 10)}px`;
      box.style.top = "4px";
    };
  }

  // a click leads to the plays of its bar, a drag over several to this page in those days
  function lead(spec, host, index) {
    const [from, to] = text.days(spec, index, host.dataset);
    location.href = `${host.dataset.plays}from=${from}&to=${to}`;
  }
  function select(spec, from, to) {
    const address = new URL(location.href);
    for (const name of ["range", "page"]) address.searchParams.delete(name);
    address.searchParams.set("from", text.days(spec, from)[0]);
    address.searchParams.set("to", text.days(spec, to)[1]);
    location.href = address.href;
  }
  function pointer(spec, host) {
    if (!host.dataset.plays) return {};
    host.classList.add("chart--leads");
    let isDrag = false;
    const listen = (plot) => {
      plot.over.addEventListener("pointerdown", () => (isDrag = false));
      plot.over.addEventListener("click", () => {
        if (!isDrag && plot.cursor.idx != null) lead(spec, host, plot.cursor.idx);
      });
    };
    const drag = (plot) => {
      const { left, width } = plot.select;
      isDrag = width >= 8;
      if (isDrag) select(spec, plot.posToIdx(left), plot.posToIdx(left + width));
    };
    return { ready: [listen], setSelect: [drag] };
  }

  function draw(host) {
    const spec = JSON.parse(document.getElementById(host.dataset.chart).textContent);
    if (!spec.x.length) return null;
    const unit = spec.series[0].unit;
    const isLine = spec.kind === "line";
    const values = spec.kind === "stack" ? text.stacked(spec) : spec.series.map((one) => one.values);
    const most = Math.max(0, ...values.flat().map((value) => value || 0));
    const half = STEPS[spec.step] / 2;
    const bars = uPlot.paths.bars({ size: [0.72, 44], radius: spec.kind === "stack" ? 0 : 0.12 });
    const inks = spec.series.map((one) => ink(`--series-${one.ink}`));
    const soft = ink("--ink-faint");
    const grid = { stroke: ink("--line"), width: 1 };
    const font = `12px ${getComputedStyle(document.body).fontFamily}`;
    // the highest bar of a stack first, so that the lower ones are painted over it
    const order = spec.kind === "stack" ? values.map((_, index) => index).reverse() : values.map((_, index) => index);
    host.replaceChildren();
    const show = tip(spec, host);
    const plot = new uPlot(
      {
        width: host.clientWidth,
        height: host.clientHeight,
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
        padding: [10, 26, 0, 0], // right: half of the last label
        legend: { show: false },
        cursor: { y: false, drag: { x: Boolean(host.dataset.plays), y: false, setScale: false }, points: { show: isLine, size: 7 } },
        scales: {
          x: { range: (self, min, max) => (isLine ? [min, max] : [min - half, max + half]) },
          y: unit === "rank" ? { dir: -1, range: (self, min, max) => [0.5, Math.max(4, max || 1) + 0.5] } : { range: (self, min, max) => [0, unit === "share" && max > 0.5 ? 1 : (max || 1) * 1.06] },
        },
        axes: [
          { stroke: soft, font, grid: { show: false }, ticks: { show: false }, values: (self, splits) => text.dates(spec, splits), splits: (self) => text.ticks(spec, self.bbox.width / devicePixelRatio) },
          { stroke: soft, font, grid, ticks: { show: false }, size: 52, splits: unit === "rank" ? (plot, axis, first, last, step) => text.places(step, last) : undefined, incrs: unit === "minutes" ? hourSteps : unit === "share" ? [0.05, 0.1, 0.25, 0.5] : unit === "rank" ? [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] : undefined, values: (self, splits) => splits.map((value) => text.sayAxis(value, unit, most)), space: 36 },
        ],
        series: [
          {},
          ...order.map((index) => ({
            label: spec.series[index].label,
            stroke: inks[index],
            width: isLine ? 2 : 0,
            fill: isLine ? (order.length === 1 && unit !== "rank" ? text.faded(inks[index], 0.12) : undefined) : inks[index],
            paths: isLine ? undefined : bars,
            points: unit === "rank" ? { show: true, size: 5, fill: inks[index] } : { show: false },
            spanGaps: false,
          })),
        ],
        hooks: { draw: [bands(spec)], setCursor: [show], ...pointer(spec, host) },
      },
      [spec.x, ...order.map((index) => values[index])],
      host
    );
    delete host.dataset.state;
    return plot;
  }

  const plots = new Map();
  const redraw = (host) => {
    plots.get(host)?.destroy();
    plots.set(host, draw(host));
  };
  const sizes = new ResizeObserver((entries) => {
    for (const { target } of entries)
      plots.get(target)?.setSize({ width: target.clientWidth, height: target.clientHeight });
  });
  for (const host of document.querySelectorAll("[data-chart]")) {
    redraw(host);
    sizes.observe(host);
  }
  addEventListener("themechange", () => plots.forEach((_, host) => redraw(host)));
})();
