// Draws the charts of a report from the data in the page. Runs in the browser; uPlot is in the page as well.
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const plots = [];

  const axis = (label, extra = {}) => ({
    stroke: css('--quiet'),
    grid: { stroke: css('--line'), width: 1 },
    ticks: { stroke: css('--line'), width: 1 },
    font: '12px system-ui, sans-serif',
    labelFont: '12px system-ui, sans-serif',
    label,
    labelSize: 18,
    size: 52,
    ...extra,
  });
  // A second without neighbours makes no line: it is drawn as a point.
  const alone = (u, series) => {
    const values = u.data[series];
    const there = (i) => values[i] != null;
    return [...values.keys()].filter((i) => there(i) && !there(i - 1) && !there(i + 1));
  };
  const line = (label, colour, unit, extra = {}) => ({
    label,
    stroke: css(colour),
    width: 2,
    points: { show: true, size: 5, filter: alone },
    value: (_, v) => (v == null ? '–' : `${short(v)} ${unit}`),
    ...extra,
  });
  const short = (v) =>
    Math.abs(v) >= 1000
      ? `${Number((v / 1000).toPrecision(3))}k`
      : Number.parseFloat(Number(v).toPrecision(3)).toString();
  const shorts = (_, values) => values.map((v) => (v == null ? '' : short(v)));

  // What the gateway's mode was, as a coloured ground behind the curves.
  const modes = {
    hooks: {
      drawClear: [
        (u) => {
          const { time_s: times, mode } = data.series;
          for (let i = 0; i < times.length; i += 1) {
            if (!mode[i] || !data.changing) continue;
            const left = u.valToPos(times[i], 'x', true);
            const right = u.valToPos(times[i + 1] ?? times[i] + 1, 'x', true);
            u.ctx.fillStyle = css(`--${mode[i]}`);
            u.ctx.fillRect(left, u.bbox.top, Math.max(1, right - left), u.bbox.height);
          }
        },
      ],
    },
  };

  const overTime = (id, series, unit, options = {}) => {
    const target = document.getElementById(id);
    if (!target) return;
    // What is lost or wrong has a curve only where there is any.
    const worth = { lost_per_s: (v) => v > 0, wrong_per_s: (v) => v > 0 };
    const there = (worth) => (v) => (worth ? worth(v) : v != null);
    const shown = series.filter(([key]) => data.series[key]?.some(there(worth[key])));
    if (shown.length === 0) {
      target.closest('.panel').remove();
      return;
    }
    draw(target, {
      scales: {
        x: { time: false },
        y: { range: (_, min, max) => [Math.min(0, min), max <= 0 ? 1 : max * 1.08] },
      },
      axes: [axis('seconds', { size: 40 }), axis(unit, { values: shorts })],
      series: [
        { label: 'second', value: (_, v) => (v == null ? '–' : String(v)) },
        ...shown.map(([, label, colour, more]) => line(label, colour, unit, more)),
      ],
      plugins: [modes],
      data: [data.series.time_s, ...shown.map(([key]) => data.series[key])],
      ...options,
    });
  };

  // Percentiles on an axis of nines: 90 %, 99 %, 99.9 % are as far from one another.
  const percentiles = (id) => {
    const target = document.getElementById(id);
    if (!target) return;
    const colours = ['--blue', '--orange', '--green', '--violet', '--red'];
    const nines = (p) => Math.log10(1 / (1 - Math.min(p, 99.9999) / 100));
    const names = { 0: '0', 1: '90 %', 2: '99 %', 3: '99.9 %', 4: '99.99 %', 5: '99.999 %' };
    draw(target, {
      scales: { x: { time: false }, y: { distr: 3 } },
      axes: [
        axis('share of taps answered within', {
          size: 40,
          splits: (u) => [0, 1, 2, 3, 4, 5].filter((n) => n <= u.scales.x.max),
          // On a phone there is room for every other one.
          values: (u, splits) => splits.map((n) => (u.width < 420 && n % 2 === 1 ? '' : (names[n] ?? ''))),
        }),
        axis('ms', { values: (_, values) => values.map((v) => (v == null ? '' : short(v))) }),
      ],
      series: [
        {
          label: 'percentile',
          value: (_, v) => (v == null ? '–' : `${(100 * (1 - 10 ** -v)).toFixed(v > 2.5 ? 3 : 1)} %`),
        },
        ...data.percentiles.curves.map(({ name }, i) => line(name, colours[i % colours.length], 'ms')),
      ],
      data: [data.percentiles.at.map(nines), ...data.percentiles.curves.map(({ values_ms }) => values_ms)],
    });
  };

  // Every rate tried as a point: what held, what did not, and the objective between them.
  const rates = (id) => {
    const target = document.getElementById(id);
    if (!target) return;
    const tried = [...data.rates.tried].sort((a, b) => a.rate_per_s - b.rate_per_s);
    const of = (verdict) =>
      tried.map((each) => (each.verdict === verdict ? Math.max(0.001, each.p99_ms) : null));
    const kinds = [
      ['held', '--green'],
      ['failed', '--red'],
      ['not judged', '--quiet'],
    ].filter(([verdict]) => of(verdict).some((v) => v != null));
    const points = { show: true, size: 9, width: 2 };
    draw(target, {
      scales: { x: { time: false, range: (_, _least, most) => [0, most * 1.05] }, y: { distr: 3 } },
      axes: [
        axis('taps/s', { size: 40, values: shorts }),
        axis('p99, ms', { values: (_, values) => values.map((v) => (v == null ? '' : short(v))) }),
      ],
      series: [
        { label: 'taps/s', value: (_, v) => (v == null ? '–' : short(v)) },
        line('objective', '--quiet', 'ms', { dash: [5, 4] }),
        ...kinds.map(([verdict, colour]) =>
          line(verdict, colour, 'ms', {
            width: 0,
            paths: () => null,
            points: { ...points, filter: null, fill: css(colour) },
          }),
        ),
      ],
      data: [
        tried.map((each) => each.rate_per_s),
        tried.map(() => data.rates.slo_p99_ms),
        ...kinds.map(([verdict]) => of(verdict)),
      ],
    });
  };

  const draw = (target, { data: values, ...options }) => {
    const height = 260;
    const plot = new uPlot(
      {
        width: target.clientWidth,
        height,
        cursor: { points: { size: 7 } },
        legend: { live: true },
        ...options,
      },
      values,
      target,
    );
    plots.push([plot, target, height]);
  };

  const all = () => {
    for (const [plot] of plots.splice(0)) plot.destroy();
    rates('rates');
    percentiles('percentiles');
    overTime(
      'throughput',
      [
        ['intended_per_s', 'meant to be sent', '--quiet', { dash: [5, 4] }],
        ['answered_per_s', 'judged', '--blue'],
        ['refused_per_s', 'refused', '--red'],
        ['lost_per_s', 'lost', '--violet'],
        ['wrong_per_s', 'wrong', '--orange'],
      ],
      'taps/s',
    );
    overTime(
      'latency',
      [
        ['p50_ms', 'p50', '--blue'],
        ['p99_ms', 'p99', '--orange'],
      ],
      'ms',
    );
    overTime(
      'cpu',
      [
        ['gateway_cores', 'gateway', '--blue'],
        ['generator_cores', 'generator', '--orange'],
      ],
      'cores',
    );
    overTime('memory', [['gateway_resident_mib', 'gateway, resident', '--violet']], 'MiB');
  };

  all();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', all);
  let waiting = 0;
  addEventListener('resize', () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      for (const [plot, target, height] of plots) plot.setSize({ width: target.clientWidth, height });
    }, 100);
  });
})();
