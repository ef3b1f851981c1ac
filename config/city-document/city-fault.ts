/** What is wrong with a city document, where, and what to do about it. */
import { OnecardError } from '../onecard-error.ts';

/** Names and indexes from the outside in: `['scenes', 3, 'families', 0]`. */
export type CityPath = readonly (string | number)[];

export interface CityFault {
  readonly path: CityPath;
  /** Of an entry of an object: whether its name is at fault, and not its value. */
  readonly isKey?: boolean;
  /** What is wrong, and what to do. */
  readonly what: string;
  /** The other of two that do not go together. */
  readonly other?: CityPath;
}

export interface PlacedFault {
  /** Such as `scenes/29-transit.yaml:12:5`; empty: the whole of it. */
  readonly where: string;
  readonly what: string;
}

const FAULTS_TOLD_MAX = 50;

/** A city document that cannot be used. Everything that was found is told, in the order of the document. */
export class ScenesError extends OnecardError {
  override readonly name = 'ScenesError';
  readonly code = 'scenes_unusable';
  /** What cannot be used. */
  readonly from: string;
  readonly faults: readonly PlacedFault[];

  /** `from`: what cannot be used, such as `the city in /etc/onecard/city`. */
  constructor(from: string, faults: readonly PlacedFault[], options?: ErrorOptions) {
    super(`${from} is not usable:${toldFaults(faults)}`, options);
    this.from = from;
    this.faults = faults;
  }
}

/** One on the same line, several on a line each. */
function toldFaults(faults: readonly PlacedFault[]): string {
  const lines = faults
    .slice(0, FAULTS_TOLD_MAX)
    .map(({ where, what }) => (where === '' ? what : `${where}: ${what}`));
  if (faults.length === 1) return ` ${lines[0]}`;
  const left = faults.length - lines.length;
  return [...lines, ...(left > 0 ? [`and ${left} more`] : [])].map((line) => `\n  ${line}`).join('');
}

/** `/scenes/3/families/0` (RFC 6901). */
export function pointerOf(path: CityPath): string {
  if (path.length === 0) return '/';
  return path.map((each) => `/${String(each).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** `where`: of a path, and of whether its name is meant. */
export function placedFault(
  { path, isKey, what, other }: CityFault,
  where: (path: CityPath, isKey: boolean) => string,
): PlacedFault {
  const told = other === undefined ? what : `${what}; the other is at ${where(other, false)}`;
  return { where: where(path, isKey === true), what: told };
}
