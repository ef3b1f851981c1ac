/** The head of a report: passed or failed first, then what became of the taps, then how fast. */
import { countsOf, percent, refusalCodes } from './counts.ts';
import { compact } from './figures.ts';
import type { RunResult } from './result.ts';
import { mainPhase } from './tables.ts';
import { verdictLine, verdictWord } from './verdict.ts';

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export const text = (value: unknown): string => String(value).replace(/[&<>"]/g, (c) => ENTITIES[c] ?? c);

/** In the tab of a browser too. */
export function pageTitle({ title, verdict }: RunResult): string {
  return verdict ? `${verdictWord(verdict).word.slice(2)}: ${title}` : title;
}

export function verdictBanner({ verdict }: RunResult): string {
  if (!verdict) return '';
  const { passed, checks } = verdict;
  const failed = checks.filter((each) => !each.passed);
  const items = [...failed, ...checks.filter((each) => each.passed)].map(
    (each) =>
      `<li class="${each.passed ? 'good' : 'bad'}"><i>${each.passed ? '✓' : '✗'}</i><b>${text(each.name)}</b> ${text(each.seen)} <span>${text(each.limit)}</span></li>`,
  );
  const { tone, word } = verdictWord(verdict);
  const held = passed
    ? `all ${checks.length} checks held`
    : `${failed.length} of ${checks.length} checks did not hold`;
  const told = tone === 'none' ? text(verdictLine(verdict)) : held;
  return `<section class="verdict ${tone}"><p class="told"><strong class="verdict-word">${word}</strong> ${told}</p><ul>${items.join('')}</ul></section>`;
}

/** To the minute, as people write it. */
const moment = (iso: string) => `${iso.slice(0, 16).replace('T', ' ')} UTC`;

export function heading(result: RunResult): string {
  const boxes = cards(result).map(({ value, what, tone }) => {
    return `<div class="card ${tone ?? ''}"><b>${text(value)}</b><span>${text(what)}</span></div>`;
  });
  return `<header>
<h1>${text(result.title)}</h1>
<p class="quiet">${text(moment(result.started_at))} · ${text(result.machine['cpu'] ?? '')}, ${text(result.machine['cores'] ?? '?')} cores · engine ${text(result.engine)} · seed ${text(result.seed)}</p>
</header>
<div class="cards">${boxes.join('')}</div>`;
}

interface Card {
  readonly value: string;
  readonly what: string;
  readonly tone?: 'good' | 'bad';
}

function cards(result: RunResult): Card[] {
  const phase = mainPhase(result);
  if (!phase) return [];
  const { headline, phases } = result;
  const { p50_ms, p99_ms, p999_ms, count } = phase.latency;
  const perSecond = countsOf([phase]).judged / Math.max(1e-9, phase.to_s - phase.from_s);
  const { intended, refused, lost, wrong } = countsOf(phases);
  const ms = (value: number) => (count === 0 ? 'none' : `${compact(value)} ms`);
  const tone = (many: number) => (many > 0 ? 'bad' : 'good');
  const part = (many: number) => (many > 0 ? `, ${percent(many, intended)} of the taps` : '');
  return [
    headline
      ? { value: compact(headline.value), what: `${headline.unit}: ${headline.name}` }
      : { value: compact(perSecond), what: 'taps judged a second' },
    { value: ms(p50_ms), what: 'half of the judged taps within' },
    { value: ms(p99_ms), what: '99 % of the judged taps within' },
    { value: ms(p999_ms), what: '99.9 % of the judged taps within' },
    { value: compact(refused), what: `refused${part(refused)}`, tone: tone(refused) },
    { value: compact(lost), what: `lost: never sent or never answered${part(lost)}`, tone: tone(lost) },
    { value: compact(wrong), what: `wrong answers${part(wrong)}`, tone: tone(wrong) },
  ];
}

/** One bar of all taps, and what was refused by code. */
export function fates({ phases }: RunResult): string {
  const { intended, judged, refused, lost, wrong } = countsOf(phases);
  if (intended === 0) return '';
  const parts = [
    ['judged', 'judged rightly', Math.max(0, judged - wrong)],
    ['wrong', 'wrong', wrong],
    ['refused', 'refused', refused],
    ['lost', 'lost', lost],
  ] as const;
  const bar = parts
    .filter(([, , many]) => many > 0)
    .map(([kind, , many]) => `<i class="stack-part ${kind}" style="flex-grow:${many}"></i>`);
  const legend = parts.map(
    ([kind, name, many]) =>
      `<span><i class="${kind}"></i>${name} <b class="many">${many.toLocaleString('en-US')}</b> ${percent(many, intended)}</span>`,
  );
  const codes = refusalCodes(phases).map(
    ([code, many]) => `<li><b class="refused-many">${many.toLocaleString('en-US')}</b> ${text(code)}</li>`,
  );
  const refusals = codes.length > 0 ? `<ul class="refusals">${codes.join('')}</ul>` : '';
  return `<h2>What became of ${intended.toLocaleString('en-US')} taps</h2><div class="panel fates"><div class="stack">${bar.join('')}</div><div class="legend">${legend.join('')}</div>${refusals}</div>`;
}
