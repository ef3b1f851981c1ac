/** Adoption as text: for a terminal, as CSV, and as JSON. */
import type { Adoption, CategoryAdoption, ModeAdoption, ServiceAdoption } from './adoption.ts';
import { type CsvValue, csvText } from './csv.ts';
import type { Category, Share } from './depth.ts';
import { textTable } from './text-table.ts';
import type { Language } from './words.ts';

const CATEGORIES: readonly Category[] = ['identity', 'disbursement', 'payment'];
const MODES = ['physical', 'electronic'] as const;
const TOLD_POINTS_MAX = 20;

/** Cut, not rounded: 49.99 % is not shown as 50 %. Empty of nothing. */
export function percentText({ part, whole }: Share): string {
  if (whole === 0) return '';
  const tenths = Math.floor((part * 1_000) / whole);
  return tenths % 10 === 0 ? `${tenths / 10} %` : `${(tenths / 10).toFixed(1)} %`;
}

export function adoptionTerminal(adoption: Adoption, language: Language): string {
  const hasSeen = adoption.tapsElsewhere !== null;
  const table = textTable(
    [
      { title: 'no', isNumber: true },
      { title: 'service' },
      { title: 'points', isNumber: true },
      { title: hasSeen ? 'physical/seen' : 'physical' },
      { title: hasSeen ? 'electronic/seen' : 'electronic' },
      ...CATEGORIES.map((title) => ({ title })),
      { title: hasSeen ? 'depth/seen' : 'depth' },
      { title: `target ${adoption.year}` },
      { title: 'standing' },
    ],
    adoption.services.map((row) => [
      String(row.service.service),
      row.service.title[language],
      row.service.kind === 'support' ? '' : String(row.points),
      ...MODES.map((mode) => modeText(row.modes.find((each) => each.mode === mode))),
      ...CATEGORIES.map((category) =>
        categoryText(row.categories.find((each) => each.category === category)),
      ),
      row.declaredDepth === null
        ? ''
        : pair(String(row.declaredDepth), hasSeen ? depthText(row.seenDepth) : null),
      targetText(row),
      standingText(row),
    ]),
  );
  return [table, ...adoptionNotes(adoption).map((note) => `${note}\n`)].join('');
}

function modeText(mode: ModeAdoption | undefined): string {
  if (mode === undefined) return '-';
  return pair(percentText(mode.declared) || 'no point', mode.seen && percentText(mode.seen));
}

function categoryText(category: CategoryAdoption | undefined): string {
  if (category === undefined) return '-';
  const { declared, bill, declaredDepth } = category;
  const shares = [percentText(declared), ...(bill === null ? [] : [percentText(bill)])].filter(Boolean);
  return `${declaredDepth} (${shares.join(', ') || 'no figures'})`;
}

const pair = (declared: string, seen: string | null) =>
  seen === null || seen === '' ? declared : `${declared} / ${seen}`;
const depthText = (depth: number | null) => (depth === null ? '?' : String(depth));

function targetText({ target, service }: ServiceAdoption): string {
  if (service.kind === 'support') return '';
  return target === null ? 'none' : String(target);
}

function standingText({ standing, missedBy, categories }: ServiceAdoption): string {
  if (standing === 'support') return 'supporting task';
  if (standing === 'no_target') return 'no target';
  if (standing === 'met') return 'met';
  const lacking = categories.flatMap(({ category, missing }) =>
    missing === null
      ? [`${category}: nothing registered`]
      : missing > 0
        ? [`${category}: ${missing} more`]
        : [],
  );
  return `missed by ${missedBy} (${lacking.join(', ')})`;
}

/** Totals, and the points that say otherwise than was seen. */
export function adoptionNotes({ services, tapsElsewhere }: Adoption): string[] {
  const count = (standing: ServiceAdoption['standing']) =>
    services.filter((each) => each.standing === standing).length;
  const modes = services.flatMap((row) =>
    row.modes.map((mode) => ({ ...mode, service: row.service.service })),
  );
  const told = (what: string, of: (mode: ModeAdoption) => readonly string[]) =>
    modes
      .filter((mode) => of(mode).length > 0)
      .map((mode) => `service ${mode.service}, ${mode.mode} card: ${what}: ${listed(of(mode))}`);
  return [
    `${count('met')} met, ${count('missed')} missed, ${count('no_target')} without a target, ${count('support')} supporting tasks.`,
    ...told('accepted, and never shown', ({ silent }) => silent),
    ...told('shown, and not said to be accepted', ({ undeclared }) => undeclared),
    ...((tapsElsewhere ?? 0) > 0 ? [`${tapsElsewhere} taps are of no registered point.`] : []),
  ];
}

function listed(points: readonly string[]): string {
  const left = points.length - TOLD_POINTS_MAX;
  return points.slice(0, TOLD_POINTS_MAX).join(', ') + (left > 0 ? ` and ${left} more` : '');
}

const counts = (name: string) => [`${name}_part`, `${name}_whole`];
const CSV_COLUMNS = [
  ...['service', 'kind', 'name_zh', 'name_en', 'points', 'points_without_devices'],
  ...MODES.flatMap((mode) => [
    ...counts(`${mode}_declared`),
    `${mode}_seen`,
    `${mode}_silent`,
    `${mode}_undeclared`,
  ]),
  ...CATEGORIES.flatMap((category) => [
    ...counts(`${category}_declared`),
    `${category}_seen`,
    `${category}_depth`,
    `${category}_seen_depth`,
    `${category}_missing`,
  ]),
  'payment_opens_bill',
  ...['year', 'depth', 'seen_depth', 'target', 'standing', 'missed_by'],
];

/** A line for each task of the plan; what the plan does not have for it is empty. */
export function adoptionCsv({ services, year }: Adoption): string {
  return csvText(
    CSV_COLUMNS,
    services.map((row): CsvValue[] => {
      const { service, points, pointsWithoutDevices, declaredDepth, seenDepth, target, standing, missedBy } =
        row;
      const mode = (name: string) => row.modes.find((each) => each.mode === name);
      const category = (name: string) => row.categories.find((each) => each.category === name);
      return [
        ...[service.service, service.kind, service.title.zh, service.title.en, points, pointsWithoutDevices],
        ...MODES.map(mode).flatMap((each) => [
          ...[each?.declared.part ?? null, each?.declared.whole ?? null, each?.seen?.part ?? null],
          ...[each?.silent.length ?? null, each?.undeclared.length ?? null],
        ]),
        ...CATEGORIES.map(category).flatMap((each) => [
          ...[each?.declared.part ?? null, each?.declared.whole ?? null, each?.seen?.part ?? null],
          ...[each?.declaredDepth ?? null, each?.seenDepth ?? null, each?.missing ?? null],
        ]),
        category('payment')?.bill?.part ?? null,
        ...[year, declaredDepth, seenDepth, target, standing, missedBy],
      ];
    }),
  );
}

export function adoptionJson({ services, year, tapsElsewhere }: Adoption): object {
  return {
    year,
    taps_of_no_point: tapsElsewhere,
    services: services.map((row) => ({
      service: row.service.service,
      kind: row.service.kind,
      title: row.service.title,
      lead: row.service.lead,
      points: row.points,
      points_without_devices: row.pointsWithoutDevices,
      card_modes: row.modes.map(({ mode, declared, seen, silent, undeclared }) => ({
        ...{ card_mode: mode, declared, seen, silent, undeclared },
      })),
      categories: row.categories.map(
        ({ category, declared, declaredDepth, seen, seenDepth, bill, missing }) => ({
          category,
          declared,
          depth: declaredDepth,
          seen,
          seen_depth: seenDepth,
          ...(bill !== null && { opens_bill: bill }),
          missing,
        }),
      ),
      depth: row.declaredDepth,
      seen_depth: row.seenDepth,
      target: row.target,
      standing: row.standing,
      missed_by: row.missedBy,
    })),
  };
}
