/** Reads the local rules of a hotel: strictly, and everything that is wrong is told with its line and column. */
import { fileURLToPath } from 'node:url';
import { type CityFault, placedFault, ScenesError } from '../city-document/city-fault.ts';
import { type CitySource, readCity } from '../city-document/read-city.ts';
import { schemaFaults } from '../city-document/schema-faults.ts';
import { meant } from '../nearest-name.ts';
import { type DocumentKind, type HotelRules, RulesSchema } from './rules-schema.ts';

const SHIPPED = fileURLToPath(new URL('./rules.yaml', import.meta.url));

/** `path`: a YAML file, or a folder of them; without it the rules that come along. Throws ScenesError. */
export function readRules(path: string = SHIPPED): HotelRules {
  const { value, placeOf } = sourceOf(path);
  const shaped = schemaFaults(RulesSchema, value);
  const faults = shaped.length > 0 ? shaped : togetherFaults(value as HotelRules);
  if (faults.length > 0) {
    throw new ScenesError(
      named(path),
      faults.map((fault) => placedFault(fault, placeOf)),
    );
  }
  return value as HotelRules;
}

const named = (path: string) => `the hotel rules in ${path}`;

function sourceOf(path: string): CitySource {
  try {
    return readCity(path);
  } catch (cause) {
    if (cause instanceof ScenesError) throw new ScenesError(named(path), cause.faults, { cause });
    throw cause;
  }
}

/** Null: the rules know no such kind. */
export function documentKind(rules: HotelRules, kind: string): DocumentKind | null {
  return rules.documents.find((each) => each.kind === kind) ?? null;
}

/** Days that a stay is kept after departure. `place`: GB/T 2260; the narrowest that the rules name decides. */
export function retentionDays(rules: HotelRules, place: string | undefined, otherwise: number): number {
  if (place === undefined) return otherwise;
  const holding = rules.retention.filter(({ place: named }) => place.startsWith(stem(named)));
  const [narrowest] = holding.sort((a, b) => stem(b.place).length - stem(a.place).length);
  return narrowest?.days ?? otherwise;
}

/** A province is two digits and four zeros, a prefecture four digits and two zeros. */
function stem(place: string): string {
  if (place.endsWith('0000')) return place.slice(0, 2);
  return place.endsWith('00') ? place.slice(0, 4) : place;
}

function togetherFaults({
  documents,
  families,
  least_evidence,
  retention,
  reports,
}: HotelRules): CityFault[] {
  const kinds = documents.map(({ kind }) => kind);
  return [
    ...Object.entries(families).flatMap(([family, kind]): CityFault[] =>
      kinds.includes(kind)
        ? []
        : [
            {
              path: ['families', family],
              what: `no kind of document is called ${kind}; ${meant(kind, kinds)}`,
            },
          ],
    ),
    ...twice(
      least_evidence.map(({ scene }) => scene),
      'least_evidence',
      'scene',
    ),
    ...twice(
      documents.map(({ kind }) => kind),
      'documents',
      'kind',
    ),
    ...twice(
      retention.map(({ place }) => place),
      'retention',
      'place',
    ),
    ...twice(
      reports.map(({ target }) => target),
      'reports',
      'target',
    ),
    ...documents.flatMap(({ number, fields }, i): CityFault[] =>
      number === 'none' && fields.includes('document_number')
        ? [
            {
              path: ['documents', i, 'number'],
              what: 'a kind without a number cannot be asked for document_number',
            },
          ]
        : [],
    ),
  ];
}

function twice(names: readonly string[], list: string, field: string): CityFault[] {
  return names.flatMap((name, i) => {
    const first = names.indexOf(name);
    const what = `${name} is there twice: delete one of them`;
    return first === i ? [] : [{ path: [list, i, field], what, other: [list, first, field] }];
  });
}
