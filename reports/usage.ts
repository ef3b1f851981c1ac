/** How often cards were used: a table of counts without anybody in it. */
import { OnecardError } from '../config/onecard-error.ts';
import type { LocalTime } from './local-time.ts';
import { type Cell, hiddenCells } from './suppress.ts';
import type { Tapped } from './tapped.ts';

export const USAGE_DIMENSIONS = ['service', 'region', 'card-mode', 'group', 'hour'] as const;
export type UsageDimension = (typeof USAGE_DIMENSIONS)[number];
export const SUPPRESS_BELOW_DEFAULT = 10;
export const SUPPRESS_BELOW_MAX = 10_000;
/** Of the table, totals included. */
const CELLS_MAX = 100_000;

/** The table would be larger than anybody reads, or than can be guarded. */
export class UsageError extends OnecardError {
  override readonly name = 'UsageError';
  readonly code = 'too_many_cells';
}

export interface UsageRow {
  /** Value of the first dimension. */
  readonly value: string;
  /** Taps by column; null: hidden. */
  readonly taps: readonly (number | null)[];
  readonly total: number | null;
}

export interface UsageTable {
  readonly by: readonly UsageDimension[];
  readonly suppressBelow: number;
  /** Values of every dimension but the first; one empty list where there is no other. */
  readonly columns: readonly (readonly string[])[];
  readonly rows: readonly UsageRow[];
  readonly columnTotals: readonly (number | null)[];
  readonly total: number | null;
  /** Cells and totals that are hidden. */
  readonly hidden: number;
  /** Taps whose card was not proven; they are in no cell. */
  readonly notProven: number;
}

/** Different persons, exact up to a bound. Pseudonyms under two keys may be one person: the key with the most counts. */
class Persons {
  readonly #byKey = new Map<string, Set<string>>();

  add(key: string, subject: string, bound: number): void {
    const known = this.#byKey.get(key);
    if (known === undefined) this.#byKey.set(key, new Set([subject]));
    else if (known.size < bound) known.add(subject);
  }

  get count(): number {
    return Math.max(0, ...[...this.#byKey.values()].map(({ size }) => size));
  }
}

interface Counting {
  count: number;
  readonly persons: Persons;
}

const ALL = '';
const SEPARATOR = '\0';

export class UsageCount {
  readonly #by: readonly UsageDimension[];
  readonly #suppressBelow: number;
  readonly #time: LocalTime;
  /** By row and column, `ALL` for totals. */
  readonly #cells = new Map<string, Map<string, Counting>>();
  readonly #columns = new Set<string>();
  #notProven = 0;

  constructor(by: readonly UsageDimension[], suppressBelow: number, time: LocalTime) {
    this.#by = by;
    this.#suppressBelow = suppressBelow;
    this.#time = time;
  }

  /** Throws UsageError when the table grows too large. */
  add(tapped: Tapped): void {
    const { subject, key, proven } = tapped;
    if (!proven || subject === null) {
      this.#notProven += 1;
      return;
    }
    const [row = '', ...rest] = this.#by.map((dimension) => this.#valueOf(dimension, tapped));
    const column = SEPARATOR + rest.join(SEPARATOR);
    this.#columns.add(column);
    for (const at of [row, ALL]) {
      for (const across of [column, ALL]) {
        const counting = this.#cell(at, across);
        counting.count += 1;
        counting.persons.add(key, subject, this.#suppressBelow);
      }
    }
    if (this.#cells.size * (this.#columns.size + 1) > CELLS_MAX) {
      throw new UsageError(`the table has more than ${CELLS_MAX} cells: give --by fewer dimensions`);
    }
  }

  table(): UsageTable {
    const inOrder = (a: string, b: string) => a.localeCompare(b, 'en', { numeric: true });
    const rows = [...this.#cells.keys()].filter((row) => row !== ALL).sort(inOrder);
    const columns = [...this.#columns].sort(inOrder);
    const grid = [...rows, ALL].map((row) => [...columns, ALL].map((column) => this.#counted(row, column)));
    const hidden = hiddenCells(grid, this.#suppressBelow);
    const shown = grid.map((cells, i) => cells.map(({ count }, j) => (hidden[i]?.[j] ? null : count)));
    const split = shown.map((cells) => ({ taps: cells.slice(0, -1), total: cells.at(-1) ?? null }));
    const totals = split.at(-1);
    return {
      by: this.#by,
      suppressBelow: this.#suppressBelow,
      columns: columns.map((column) => (this.#by.length === 1 ? [] : column.slice(1).split(SEPARATOR))),
      rows: rows.map((value, i) => ({ value, taps: split[i]?.taps ?? [], total: split[i]?.total ?? null })),
      columnTotals: totals?.taps ?? [],
      total: totals?.total ?? null,
      hidden: hidden.flat().filter(Boolean).length,
      notProven: this.#notProven,
    };
  }

  #cell(row: string, column: string): Counting {
    const cells = this.#cells.get(row) ?? new Map<string, Counting>();
    this.#cells.set(row, cells);
    const counting = cells.get(column) ?? { count: 0, persons: new Persons() };
    cells.set(column, counting);
    return counting;
  }

  #counted(row: string, column: string): Cell {
    const counting = this.#cells.get(row)?.get(column);
    return { count: counting?.count ?? 0, persons: counting?.persons.count ?? 0 };
  }

  #valueOf(dimension: UsageDimension, { service, region, cardMode, groups, atMs }: Tapped): string {
    switch (dimension) {
      case 'service':
        return service === null ? 'unknown' : String(service);
      case 'region':
        return region ?? 'unknown';
      case 'card-mode':
        return cardMode ?? 'other';
      // Every tap is in one cell, else rows and columns would not add up to their totals.
      case 'group':
        return groups.length > 1 ? 'several' : (groups[0] ?? 'none');
      case 'hour':
        return String(this.#time.hourOf(atMs)).padStart(2, '0');
    }
  }
}
