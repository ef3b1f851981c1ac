/** A run as one HTML file that needs nothing else: styles, script, charts and data are inside. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { decodeFromCompressedBase64 } from 'hdr-histogram-js';
import type { ComparedRuns } from './compare.ts';
import { countsOf, outcomeOf, topCodes } from './counts.ts';
import { compact } from './figures.ts';
import { distinctNames } from './names.ts';
import { fates, heading, pageTitle, text, verdictBanner } from './page-head.ts';
import { repeatCommand } from './repeat.ts';
import type { Phase, RunResult, Table } from './result.ts';
import { mainPhase, tablesOf } from './tables.ts';

const PERCENTILES = [
  0, 10, 25, 50, 75, 80, 85, 90, 92.5, 95, 97, 98, 99, 99.25, 99.5, 99.75, 99.9, 99.95, 99.99, 99.995, 99.999,
];
/** Curves in one chart that can still be told apart. */
const CURVES_MAX = 5;
const US_PER_MS = 1_000;
const own = (file: string) => readFileSync(new URL(`./page/${file}`, import.meta.url), 'utf8');
const plot = (file: string) =>
  readFileSync(createRequire(import.meta.url).resolve(`uplot/dist/${file}`), 'utf8');

export function resultPage(result: RunResult, compared?: ComparedRuns): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(pageTitle(result))}</title>
<link rel="icon" href="data:,">
<style>${plot('uPlot.min.css')}${own('report.css')}</style>
</head>
<body>
<main>
${verdictBanner(result)}
${heading(result)}
${fates(result)}
${result.warnings.length > 0 ? `<ul class="warnings">${result.warnings.map((w) => `<li>${text(w)}</li>`).join('')}</ul>` : ''}
${statements(result)}
${compared ? comparison(compared) : ''}
${charts(result)}
${phases(result)}
${tablesOf(result).map(tablePanel).join('')}
${answers(result)}
${figures(result)}
${circumstances(result)}
</main>
<script type="application/json" id="data">${chartData(result)}</script>
<script>${plot('uPlot.iife.min.js')}</script>
<script>${own('report.js')}</script>
</body>
</html>
`;
}

function statements({ statements: all = [] }: RunResult): string {
  const items = all.map(
    ({ statement, holds, seen }) =>
      `<li class="${holds ? 'good' : 'bad'}"><strong>${holds ? 'Holds' : 'Does not hold'}</strong> ${text(statement)}<span>${text(seen)}</span></li>`,
  );
  return items.length === 0 ? '' : `<ul class="statements">${items.join('')}</ul>`;
}

/** Columns of words are read from the left, columns of numbers compared at the right. */
function tablePanel({ title, about, columns, rows }: Table): string {
  const words = columns.map((_, i) => rows.every((row) => typeof row[i] === 'string'));
  const cells = (tag: 'th' | 'td', row: Table['rows'][number]) =>
    row
      .map((value, i) => {
        const shown = typeof value === 'number' ? compact(value) : text(value);
        return `<${tag}${words[i] ? ' class="words"' : ''}>${shown}</${tag}>`;
      })
      .join('');
  const body = rows.map((row) => `<tr>${cells('td', row)}</tr>`).join('');
  return `<h2>${text(title)}</h2><p class="quiet">${text(about)}</p><div class="panel scroll"><table><thead><tr>${cells('th', columns)}</tr></thead><tbody>${body}</tbody></table></div>`;
}

function charts(result: RunResult): string {
  if (result.phases.length === 0) return '';
  const panel = (id: string, title: string, about: string) =>
    `<div class="panel"><h3>${title}</h3><p>${about}</p><div class="chart" id="${id}"></div></div>`;
  const legend = changesMode(result)
    ? `<div class="legend">${['live', 'lists', 'stale', 'closed'].map((m) => `<span><i style="background:var(--${m})"></i>mode ${m}</span>`).join('')}</div>`
    : '';
  return `<h2>What happened</h2>${legend}<div class="charts">
${result.rates ? panel('rates', 'p99 over rate', 'One point for each rate that was tried. Dashed: the objective.') : ''}
${panel('percentiles', 'Latency by percentile', 'Of the judged taps: from the time a tap was meant to be sent to its answer. Lower is better.')}
${panel('throughput', 'Taps a second', 'Judged, refused, lost and wrong, by the second. Dashed: what was meant to be sent.')}
${panel('latency', 'Latency over time', 'Of the taps judged in each second.')}
${panel('cpu', 'Processor', 'Cores in use, by process.')}
${panel('memory', 'Memory', 'What the gateway holds itself, without the pages of its journal.')}
</div>`;
}

function phases(result: RunResult): string {
  const heads = [
    'phase',
    'meant/s',
    'judged/s',
    'p50 ms',
    'p90 ms',
    'p99 ms',
    'p99.9 ms',
    'max ms',
    'judged',
    'refused',
    'lost',
    'wrong',
    'sent late',
  ];
  const rows = result.phases.map((p) => {
    const seconds = Math.max(1e-9, p.to_s - p.from_s);
    const { p50_ms, p90_ms, p99_ms, p999_ms, max_ms } = p.latency;
    const { judged, refused, lost, wrong } = countsOf([p]);
    const plain = [p.rate_per_s, judged / seconds, p50_ms, p90_ms, p99_ms, p999_ms, max_ms, judged];
    const cells = [
      ...plain.map((v) => `<td>${compact(v)}</td>`),
      ...[refused, lost, wrong].map((v) => `<td${v > 0 ? ' class="bad"' : ''}>${compact(v)}</td>`),
      `<td>${compact(p.late)}</td>`,
    ];
    return `<tr><td>${text(p.name)}</td>${cells.join('')}</tr>`;
  });
  if (rows.length === 0) return '';
  return `<h2>Phase by phase</h2><div class="panel scroll"><table><thead><tr>${heads.map((h) => `<th>${h}</th>`).join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

function answers(result: RunResult): string {
  const codes = topCodes(result.phases);
  if (codes.length === 0) return '';
  const most = codes[0]?.[1] ?? 1;
  const rows = codes.map(([code, many]) => {
    const outcome = outcomeOf(code);
    const kind = outcome === 'none' ? 'refused' : outcome;
    return `<tr><td>${text(code)}</td><td>${many.toLocaleString('en-US')}</td><td><div class="bar ${kind}" style="width:${((100 * many) / most).toFixed(2)}%"></div></td></tr>`;
  });
  return `<h2>Answers</h2><div class="panel scroll"><table class="codes"><tbody>${rows.join('')}</tbody></table></div>`;
}

function figures({ figures: all }: RunResult): string {
  if (all.length === 0) return '';
  const rows = all.map(
    ({ name, value, unit }) =>
      `<tr><td>${text(name)}</td><td>${text(typeof value === 'number' ? compact(value) : value)} ${text(unit)}</td></tr>`,
  );
  return `<h2>Figures</h2><div class="panel scroll"><table class="figures"><tbody>${rows.join('')}</tbody></table></div>`;
}

function comparison({ comparisons, cautions }: ComparedRuns): string {
  const rows = comparisons.map((c) => {
    const interval = c.verdict === 'too few samples' ? '' : `${c.low.toFixed(3)} to ${c.high.toFixed(3)}`;
    return `<tr><td>${text(c.sample)}</td><td>${compact(c.baseline)}</td><td>${compact(c.now)}</td><td>× ${c.ratio.toFixed(3)}</td><td>${interval}</td><td class="verdict-${c.verdict.split(' ')[0]}">${c.verdict}</td></tr>`;
  });
  const told =
    cautions.length > 0
      ? `<ul class="warnings">${cautions.map((c) => `<li>${text(c)}</li>`).join('')}</ul>`
      : '';
  return `<h2>Against the baseline</h2>${told}<div class="panel scroll"><table><thead><tr><th>figure</th><th>baseline</th><th>now</th><th>ratio</th><th>95 % interval</th><th></th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

function circumstances(result: RunResult): string {
  const facts: [string, unknown][] = [
    ['profile', result.profile],
    ['seed', result.seed],
    ['commit', result.commit],
    ['engine', result.engine],
    ...Object.entries(result.machine),
    ...Object.entries(result.versions),
    ['decisions (SHA-256)', result.decisions_sha256],
  ];
  const rows = facts.map(
    ([name, value]) => `<tr><td>${text(name)}</td><td>${text(value ?? 'none')}</td></tr>`,
  );
  return `<h2>How to repeat it</h2><div class="panel"><p>In the folder of the project, at this commit:</p><pre class="command">${text(repeatCommand(result))}</pre><table class="facts"><tbody>${rows.join('')}</tbody></table>
<details><summary>Settings of the gateway that differ from the defaults</summary><pre>${text(JSON.stringify(result.settings, null, 2))}</pre></details></div>`;
}

const changesMode = ({ series }: RunResult) => new Set(series.mode.filter((mode) => mode !== null)).size > 1;

function chartData(result: RunResult): string {
  const main = mainPhase(result);
  const weight = (phase: Phase) => (phase === main ? Number.POSITIVE_INFINITY : phase.intended);
  const shown = result.phases
    .filter(({ latency }) => latency.count > 0)
    .sort((a, b) => weight(b) - weight(a))
    .slice(0, CURVES_MAX);
  const names = distinctNames(shown.map(({ name }) => name));
  const curves = shown.map(({ latency }, i) => {
    const histogram = decodeFromCompressedBase64(latency.histogram);
    const values_ms = PERCENTILES.map((p) => Math.max(0.001, histogram.getValueAtPercentile(p) / US_PER_MS));
    return { name: names[i], values_ms };
  });
  const data = {
    percentiles: { at: PERCENTILES, curves },
    series: result.series,
    ...(result.rates && { rates: result.rates }),
    changing: changesMode(result),
  };
  // Inside a script element only this could end it.
  return JSON.stringify(data).replaceAll('<', '\\u003c');
}
