/** Files of a registry, YAML or CSV, as items with the place of everything in them. */
import type { CityPath } from '../config/city-document/city-fault.ts';
import { readYamlText } from '../config/city-document/yaml-text.ts';
import { meant } from '../config/nearest-name.ts';
import { CsvError, type CsvField, parseCsv } from './csv.ts';

export interface RegistryFault {
  /** Such as `points.yaml:12:5`. */
  readonly where: string;
  /** What is wrong, and what to do. */
  readonly what: string;
}

export interface RegistryItem {
  /** Not yet checked. */
  readonly value: unknown;
  placeOf(path: CityPath, isKey?: boolean): string;
}

export interface RegistrySource {
  readonly points: readonly RegistryItem[];
  readonly disbursements: readonly RegistryItem[];
  readonly faults: readonly RegistryFault[];
}

const LISTS = ['points', 'disbursements'] as const;
export const REGISTRY_ITEMS_MAX = 100_000;
/** The YAML reader keeps a node for everything that is written. */
const YAML_CHARACTERS_MAX = 16_777_216;

type Column = readonly [name: string, path: CityPath, kind: 'text' | 'number' | 'boolean' | 'list'];

const POINT_COLUMNS: readonly Column[] = [
  ['point', ['point'], 'text'],
  ['service', ['service'], 'number'],
  ['name_zh', ['name', 'zh'], 'text'],
  ['name_en', ['name', 'en'], 'text'],
  ['district', ['district'], 'text'],
  ['region', ['region'], 'text'],
  ['accepts_physical', ['accepts', 'physical'], 'boolean'],
  ['accepts_electronic', ['accepts', 'electronic'], 'boolean'],
  ['payment_card_account', ['payment', 'card_account'], 'boolean'],
  ['payment_opens_bill', ['payment', 'opens_bill'], 'boolean'],
  ['gateway', ['gateway'], 'text'],
  ['devices', ['devices'], 'list'],
  ['scenes', ['scenes'], 'list'],
];
const DISBURSEMENT_COLUMNS: readonly Column[] = [
  ['service', ['service'], 'number'],
  ['period', ['period'], 'text'],
  ['recipients', ['recipients'], 'number'],
  ['paid_to_card', ['paid_to_card'], 'number'],
];

/** By the ending of its name: CSV, else YAML (JSON is read as such). */
export function readRegistryText(file: string, text: string): RegistrySource {
  return /\.csv$/i.test(file) ? readCsv(file, text) : readYaml(file, text);
}

const wholly = (faults: readonly RegistryFault[]): RegistrySource => ({
  points: [],
  disbursements: [],
  faults,
});

function readYaml(file: string, text: string): RegistrySource {
  if (text.length > YAML_CHARACTERS_MAX) {
    const what = `a YAML file may have ${YAML_CHARACTERS_MAX} characters: split it, or write it as CSV`;
    return wholly([{ where: `${file}:1:1`, what }]);
  }
  const read = readYamlText(text);
  if (!('positionOf' in read)) {
    return wholly(read.map(({ line, column, what }) => ({ where: `${file}:${line}:${column}`, what })));
  }
  const { value, positionOf } = read;
  const place = (path: CityPath, isKey = false) => {
    const { line, column } = positionOf(path, isKey);
    return `${file}:${line}:${column}`;
  };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return wholly([
      { where: place([]), what: 'a registry has "points:", "disbursements:", or both, with items below' },
    ]);
  }
  const faults: RegistryFault[] = [];
  const lists = { points: [] as RegistryItem[], disbursements: [] as RegistryItem[] };
  for (const [name, list] of Object.entries(value)) {
    const known = LISTS.find((each) => each === name);
    if (known === undefined) {
      faults.push({
        where: place([name], true),
        what: `nothing here is called ${name}; ${meant(name, LISTS)}`,
      });
    } else if (!Array.isArray(list)) {
      faults.push({ where: place([name]), what: `${name} must be a list: its items begin with "- "` });
    } else {
      lists[known] = list.map((each, i) => ({
        value: each,
        placeOf: (path, isKey) => place([name, i, ...path], isKey),
      }));
    }
  }
  return { ...lists, faults };
}

function readCsv(file: string, text: string): RegistrySource {
  let rows: CsvField[][];
  try {
    rows = parseCsv(text, REGISTRY_ITEMS_MAX + 1);
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return wholly([{ where: `${file}:${error.line}:${error.column}`, what: error.message }]);
  }
  const [head = [], ...items] = rows;
  const names = head.map((field) => field.text.trim());
  const isDisbursements = names.includes('period');
  const columns = isDisbursements ? DISBURSEMENT_COLUMNS : POINT_COLUMNS;
  const faults = headFaults(file, head, columns);
  if (faults.length > 0) return wholly(faults);
  const found = names.flatMap((name) => columns.filter(([each]) => each === name));
  const read = items.flatMap((row) => {
    const [first = { line: 1, column: 1 }] = row;
    if (row.length === names.length) return [csvItem(file, row, found)];
    const what = `this line has ${row.length} fields, and the first has ${names.length}: put text with a comma in quotes`;
    faults.push({ where: `${file}:${first.line}:${first.column}`, what });
    return [];
  });
  return { points: isDisbursements ? [] : read, disbursements: isDisbursements ? read : [], faults };
}

function headFaults(file: string, head: readonly CsvField[], columns: readonly Column[]): RegistryFault[] {
  const known = columns.map(([name]) => name);
  const [first = { text: '', line: 1, column: 1 }] = head;
  const seen = new Set<string>();
  const faults = head.flatMap(({ text, line, column }) => {
    const name = text.trim();
    const where = `${file}:${line}:${column}`;
    if (!known.includes(name))
      return [{ where, what: `there is no column ${JSON.stringify(name)}; ${meant(name, known)}` }];
    if (seen.has(name)) return [{ where, what: `column ${name} is there twice: delete one of them` }];
    seen.add(name);
    return [];
  });
  if (seen.size > 0 || faults.length === 0) return faults;
  const what = `the first line names the columns: ${known.join(',')}`;
  return [{ where: `${file}:${first.line}:${first.column}`, what }];
}

/** Fields become what YAML would have; an empty one is not there. */
function csvItem(file: string, row: readonly CsvField[], columns: readonly Column[]): RegistryItem {
  const value: Record<string, unknown> = {};
  const places = new Map<string, string>();
  const [first] = row;
  for (const [i, [, path, kind]] of columns.entries()) {
    const { text = '', line = 1, column = 1 } = row[i] ?? {};
    places.set(path.join('.'), `${file}:${line}:${column}`);
    const trimmed = text.trim();
    if (trimmed === '') continue;
    const [outer = '', inner] = path.map(String);
    if (inner === undefined) value[outer] = csvValue(trimmed, kind);
    else value[outer] = { ...(value[outer] as object), [inner]: csvValue(trimmed, kind) };
  }
  const start = `${file}:${first?.line ?? 1}:1`;
  return {
    value,
    placeOf: (path) => {
      const names = path.filter((each) => typeof each === 'string');
      const [outer = ''] = names;
      const within = [...places].find(([name]) => name.startsWith(`${outer}.`));
      return (
        places.get(names.join('.')) ??
        places.get(outer) ??
        (names.length > 0 ? within?.[1] : undefined) ??
        start
      );
    },
  };
}

/** What is no number or truth value stays text, which the schema then says. */
function csvValue(text: string, kind: Column[2]): unknown {
  if (kind === 'number') return /^\d{1,15}$/.test(text) ? Number(text) : text;
  if (kind === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  return kind === 'list' ? text.split(/[\s;]+/).filter(Boolean) : text;
}
