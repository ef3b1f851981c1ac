/** Adoption as a page. */
import type { Adoption, CategoryAdoption, ModeAdoption, ServiceAdoption, Standing } from './adoption.ts';
import { percentText } from './adoption-text.ts';
import type { Category, Depth, Share } from './depth.ts';
import { bar, escaped, page, pageTable } from './page.ts';
import { type Language, WORDS, type Words } from './words.ts';

const CATEGORIES: readonly Category[] = ['identity', 'disbursement', 'payment'];
const MODES = ['physical', 'electronic'] as const;
const STANDINGS: readonly Standing[] = ['met', 'missed', 'no_target', 'support'];
const TOLD_POINTS_MAX = 5;

export function adoptionPage(adoption: Adoption, language: Language): string {
  const words = WORDS[language];
  const { services, year, tapsElsewhere } = adoption;
  const title = `${words.adoption}, ${year}`;
  const columns = [
    { title: words.service, kind: 'name' as const },
    { title: words.points, kind: 'number' as const },
    ...MODES.map((mode) => ({ title: words[mode] })),
    ...CATEGORIES.map((category) => ({ title: words[category] })),
    { title: words.depth },
    { title: `${words.target} ${year}` },
    { title: words.standing },
  ];
  const rows = services.map((row) => rowOf(row, language, tapsElsewhere !== null));
  const body = `<h1>${escaped(title)}</h1>
<p class="quiet">渝府办发〔2024〕73号</p>
<ul class="tiles">${STANDINGS.map((standing) => tile(services, standing, words)).join('')}</ul>
<div class="wide" tabindex="0" role="region" aria-label="${escaped(title)}">${pageTable(title, columns, rows)}</div>
<h2>${escaped(words.how)}</h2>
<ul class="rules">${words.rules.map((rule) => `<li>${escaped(rule)}</li>`).join('')}</ul>`;
  return page(title, language, body);
}

function tile(services: readonly ServiceAdoption[], standing: Standing, words: Words): string {
  const count = services.filter((each) => each.standing === standing).length;
  return `<li><b>${count}</b>${escaped(words[`${standing}_count`])}</li>`;
}

function rowOf(row: ServiceAdoption, language: Language, hasSeen: boolean): string[] {
  const words = WORDS[language];
  const { service, points } = row;
  const other = language === 'zh' ? 'en' : 'zh';
  const name = `${service.service}. ${escaped(service.title[language])}<small lang="${other === 'zh' ? 'zh-Hans' : 'en'}">${escaped(service.title[other])}</small>`;
  if (service.kind === 'support') {
    return [name, ...Array<string>(8).fill('–'), badge('support', words.support)];
  }
  return [
    name,
    points === 0 ? `<span class="warn">${escaped(words.no_point)}</span>` : String(points),
    ...MODES.map((mode) =>
      modeCell(
        row.modes.find((each) => each.mode === mode),
        words,
      ),
    ),
    ...CATEGORIES.map((category) =>
      categoryCell(
        row.categories.find((each) => each.category === category),
        words,
        hasSeen,
      ),
    ),
    depthCell(row, words, hasSeen),
    targetCell(row, words),
    standingCell(row, words),
  ];
}

const absent = (words: Words) => `<span class="quiet">${escaped(words.not_in_plan)}</span>`;

function modeCell(mode: ModeAdoption | undefined, words: Words): string {
  if (mode === undefined) return absent(words);
  const { declared, seen, silent, undeclared } = mode;
  if (declared.whole === 0) return '–';
  return [
    bar(declared),
    share(declared, seen === null ? '' : words.declared),
    ...(seen === null ? [] : [share(seen, words.seen)]),
    ...told(silent, words.never_shown),
    ...told(undeclared, words.undeclared),
  ].join('');
}

function share({ part, whole }: Share, what: string): string {
  return `<small>${percentText({ part, whole })} ${escaped(what)} (${part}/${whole})</small>`;
}

function told(points: readonly string[], what: string): string[] {
  if (points.length === 0) return [];
  const left = points.length - TOLD_POINTS_MAX;
  const names = points.slice(0, TOLD_POINTS_MAX).map((point) => `<span class="id">${escaped(point)}</span>`);
  return [`<small class="warn">${escaped(what)}: ${names.join(', ')}${left > 0 ? `, +${left}` : ''}</small>`];
}

function categoryCell(category: CategoryAdoption | undefined, words: Words, hasSeen: boolean): string {
  if (category === undefined) return absent(words);
  const { declared, declaredDepth, seen, seenDepth, bill } = category;
  if (declared.whole === 0) return `<span class="warn">${escaped(words.no_figures)}</span>`;
  return [
    `<span class="depth">${declaredDepth}</span>`,
    bar(bill ?? declared),
    share(declared, bill !== null ? words.account : hasSeen ? words.declared : ''),
    ...(bill === null ? [] : [share(bill, words.bill)]),
    hasSeen ? seenLine(seen, seenDepth, words) : '',
  ].join('');
}

function seenLine(seen: Share | null, depth: Depth | null, words: Words): string {
  if (seen === null || depth === null) return `<small>${escaped(words.not_seen)}</small>`;
  return share(seen, `${words.seen}, ${words.depth} ${depth}`);
}

function depthCell({ declaredDepth, seenDepth }: ServiceAdoption, words: Words, hasSeen: boolean): string {
  const seen = seenDepth === null ? words.not_seen : `${words.seen}: ${seenDepth}`;
  return `<span class="depth">${declaredDepth ?? '–'}</span>${hasSeen ? `<small>${escaped(seen)}</small>` : ''}`;
}

function targetCell({ target }: ServiceAdoption, words: Words): string {
  if (target === null) return escaped(words.no_target);
  return target === 'ministry' ? escaped(words.ministry) : `<span class="depth">${target}</span>`;
}

function standingCell({ standing, missedBy, categories }: ServiceAdoption, words: Words): string {
  if (standing !== 'missed') return badge(standing, words[standing]);
  const lacking = categories.flatMap(({ category, missing }) =>
    missing === null || missing === 0
      ? []
      : [`<small>${escaped(`${words[category]}: ${missing} ${words.more}`)}</small>`],
  );
  return badge('missed', `${words.missed} ${missedBy}`) + lacking.join('');
}

const badge = (kind: Standing, text: string) => `<span class="badge ${kind}">${escaped(text)}</span>`;
