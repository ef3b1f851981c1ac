/** A city document from its files: their lists joined, and where everything in it was written. */

import { type CityPath, type PlacedFault, ScenesError } from './city-fault.ts';
import { type CityFile, readCityFiles } from './city-files.ts';
import { type Position, readYamlText, type YamlText } from './yaml-text.ts';

export interface CitySource {
  /** Not yet checked. */
  readonly value: unknown;
  /** `scenes/29-transit.yaml:12:5`; `isKey`: of the name of what is at the path. */
  placeOf(path: CityPath, isKey: boolean): string;
}

/** Where the schema is: not read by the gateway. */
const FOR_EDITORS = '$schema';

/** Something at the top of a file, and where it is. */
interface Part {
  readonly file: string;
  readonly name: string;
  readonly value: unknown;
  readonly positionOf: YamlText['positionOf'];
}

/** A folder or a file. Throws ScenesError. */
export function readCity(path: string): CitySource {
  let files: readonly CityFile[];
  try {
    files = readCityFiles(path);
  } catch (cause) {
    const what = `it cannot be read: ${(cause as Error).message}`;
    throw new ScenesError(`the city in ${path}`, [{ where: '', what }], { cause });
  }
  const faults: PlacedFault[] = [];
  const parts = files.flatMap((file) => partsOf(file, faults));
  const joined = joinedParts(parts, faults);
  if (faults.length > 0) throw new ScenesError(`the city in ${path}`, faults);
  return {
    value: Object.fromEntries(joined.values),
    placeOf: (at, isKey) => placeIn(joined.origins, path, at, isKey),
  };
}

function partsOf({ name: file, text }: CityFile, faults: PlacedFault[]): Part[] {
  const read = readYamlText(text);
  if (!('positionOf' in read)) {
    faults.push(...read.map(({ what, ...position }) => ({ where: placeText(file, position), what })));
    return [];
  }
  const { value, positionOf } = read;
  if (value === null) return [];
  if (typeof value !== 'object' || Array.isArray(value)) {
    const what = 'a file of a city has lists with their names, such as "scenes:" with its items below';
    faults.push({ where: placeText(file, positionOf([])), what });
    return [];
  }
  return Object.entries(value)
    .filter(([name]) => name !== FOR_EDITORS)
    .map(([name, each]) => ({ file, name, value: each, positionOf }));
}

/** Of each name the parts that its value was joined from. */
type Origins = ReadonlyMap<string, readonly Part[]>;

function joinedParts(parts: readonly Part[], faults: PlacedFault[]) {
  const origins: Origins = Map.groupBy(parts, ({ name }) => name);
  const values = [...origins].map(([name, these]): [string, unknown] => {
    const [first, second] = these;
    if (!second) return [name, first?.value];
    const single = these.find(({ value }) => !Array.isArray(value));
    if (!single) return [name, these.flatMap(({ value }) => value)];
    const other = these.find((each) => each !== single) ?? second;
    const [here, there] = [single, other].map((part) => placeText(part.file, part.positionOf([name], true)));
    const what = Array.isArray(other.value)
      ? `${name} must be a list, as in ${there}`
      : `${name} is there twice, in ${there} as well: keep one`;
    faults.push({ where: here ?? '', what });
    return [name, undefined];
  });
  return { origins, values };
}

function placeIn(origins: Origins, city: string, path: CityPath, isKey: boolean): string {
  const [name, index, ...rest] = path;
  const parts = origins.get(String(name)) ?? [];
  const [first] = parts;
  if (!first) return topOf([...origins.values()].flat()) ?? city;
  const place = ({ file, name: top, positionOf }: Part, inner: CityPath) =>
    placeText(file, positionOf([top, ...inner], isKey));
  if (typeof index !== 'number') return place(first, path.slice(1));
  let before = 0;
  for (const part of parts) {
    const length = Array.isArray(part.value) ? part.value.length : 0;
    if (index < before + length) return place(part, [index - before, ...rest]);
    before += length;
  }
  return place(first, []);
}

/** Where the one file begins; null where there are several. */
function topOf(parts: readonly Part[]): string | null {
  const [any] = parts;
  return any && parts.every(({ file }) => file === any.file) ? placeText(any.file, any.positionOf([])) : null;
}

const placeText = (file: string, { line, column }: Position) => `${file}:${line}:${column}`;
