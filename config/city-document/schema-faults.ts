/** What of a value is not as a schema has it, in words: what it is, what it may be, and the name that was meant. */
import type { TSchema } from 'typebox';
import { Check } from 'typebox/value';
import { meant, nearestName } from '../nearest-name.ts';
import type { CityFault, CityPath } from './city-fault.ts';

/** What is read of a schema (JSON Schema 2020-12). */
interface Shape extends TSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly patternProperties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly items?: Shape;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly anyOf?: readonly Shape[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
}

const SHOWN_CHARACTERS = 60;

/** In the order of the value. Empty: it is as the schema has it. */
export function schemaFaults(schema: TSchema, value: unknown, path: CityPath = []): CityFault[] {
  return faultsAt(schema as Shape, value, path);
}

function faultsAt(shape: Shape, value: unknown, path: CityPath): CityFault[] {
  if (shape.anyOf) return faultsOfOneOf(shape, value, path);
  if (shape.properties || shape.patternProperties) return faultsOfObject(shape, value, path);
  if (shape.items) return faultsOfList(shape, shape.items, value, path);
  return Check(shape, value) ? [] : [wrong(shape, value, path)];
}

function faultsOfObject(shape: Shape, value: unknown, path: CityPath): CityFault[] {
  if (!isObject(value)) return [wrong(shape, value, path)];
  const { properties = {}, required = [] } = shape;
  const faults = Object.entries(value).flatMap(([name, each]): CityFault[] => {
    const inner = Object.hasOwn(properties, name) ? properties[name] : patternShape(shape, name);
    return inner ? faultsAt(inner, each, [...path, name]) : [unknownName(shape, name, path)];
  });
  const missing = required
    .filter((name) => !Object.hasOwn(value, name))
    .map((name) => ({ path, what: `${name} is missing: ${allowed(properties[name] ?? {})}` }));
  return [...faults, ...missing];
}

function patternShape({ patternProperties = {} }: Shape, name: string): Shape | undefined {
  return Object.entries(patternProperties).find(([pattern]) => new RegExp(pattern, 'u').test(name))?.[1];
}

function unknownName(
  { properties = {}, patternProperties = {} }: Shape,
  name: string,
  path: CityPath,
): CityFault {
  const names = Object.keys(properties);
  const instead =
    names.length > 0
      ? meant(name, names)
      : `names are of the form ${Object.keys(patternProperties).join(' or ')}`;
  return { path: [...path, name], isKey: true, what: `nothing here is called ${shown(name)}; ${instead}` };
}

function faultsOfList(shape: Shape, items: Shape, value: unknown, path: CityPath): CityFault[] {
  if (!Array.isArray(value)) return [wrong(shape, value, path)];
  const { minItems = 0, maxItems = Number.POSITIVE_INFINITY } = shape;
  if (value.length < minItems) return [{ path, what: `${last(path)}must have at least ${minItems} item` }];
  if (value.length > maxItems) {
    return [{ path, what: `${last(path)}has ${value.length} items, and may have ${maxItems}` }];
  }
  return value.flatMap((each, i) => faultsAt(items, each, [...path, i]));
}

/** By the one that was meant: of its kind, and with most of its names. */
function faultsOfOneOf(shape: Shape, value: unknown, path: CityPath): CityFault[] {
  if (Check(shape, value)) return [];
  const { anyOf = [] } = shape;
  const ofItsKind = anyOf.filter((each) =>
    isObject(value) ? hasNames(each) : Array.isArray(value) && each.items,
  );
  if (!isObject(value)) {
    const [only] = ofItsKind;
    return only ? faultsAt(only, value, path) : [wrong(shape, value, path)];
  }
  const names = Object.keys(value);
  const fits = (each: Shape) => names.filter((name) => Object.hasOwn(each.properties ?? {}, name)).length;
  const own = ownNames(ofItsKind);
  const marked = ofItsKind.filter((each) => own(each).some((name) => names.includes(name)));
  const among = marked.length > 0 ? marked : ofItsKind;
  const [best] = [...among].sort((a, b) => fits(b) - fits(a));
  if (!best) return [wrong(shape, value, path)];
  if (marked.length > 0 || ofItsKind.length === 1) return faultsAt(best, value, path);
  const choice = [...new Set(ofItsKind.map((each) => own(each).join(' and ')))].join(', ');
  const all = ofItsKind.flatMap(own);
  const near = names.find((name) => fits(best) === 0 || nearestName(name, all) !== null);
  const meantName = near === undefined ? null : nearestName(near, all);
  const hint = meantName === null ? '' : `; did you mean ${meantName}?`;
  const at = near === undefined ? { path } : { path: [...path, near], isKey: true };
  return [{ ...at, what: `it must say one of ${choice}${hint}` }];
}

/** Of several objects the required names that not all of them have. */
function ownNames(shapes: readonly Shape[]): (shape: Shape) => readonly string[] {
  return ({ required = [] }) =>
    required.filter((name) => !shapes.every((each) => Object.hasOwn(each.properties ?? {}, name)));
}

function wrong(shape: Shape, value: unknown, path: CityPath): CityFault {
  const values = valuesOf(shape)?.map(String);
  const nearest = values && typeof value === 'string' ? nearestName(value, values) : null;
  const hint = nearest === null ? quotesHint(shape, value) : `; did you mean ${nearest}?`;
  return { path, what: `${last(path)}must be ${allowed(shape)}, and is ${shown(value)}${hint}` };
}

/** YAML reads `no: 1`, `true` and the like as what they look like. */
function quotesHint({ type }: Shape, value: unknown): string {
  return type === 'string' && (typeof value === 'number' || typeof value === 'boolean')
    ? ': put it into quotes'
    : '';
}

/** What a value of it may be. */
function allowed(shape: Shape): string {
  const values = valuesOf(shape);
  if (values) return values.length === 1 ? `${values[0]}` : `one of ${values.join(', ')}`;
  if (shape.anyOf) return [...new Set(shape.anyOf.map(allowed))].join(', or ');
  if (hasNames(shape)) return 'names with values';
  if (shape.items) return 'a list';
  const { type, minimum, maximum, pattern, minLength = 0, maxLength } = shape;
  if (type === 'integer') return `a whole number from ${minimum} to ${maximum}`;
  if (type === 'number') return 'a number';
  if (type === 'boolean') return 'true or false';
  if (type === 'null') return 'null';
  if (pattern !== undefined) return `text of the form ${pattern}`;
  return `text of ${minLength} to ${maxLength} characters`;
}

/** Null where it is not one of several. */
function valuesOf({ anyOf, enum: values, const: only }: Shape): readonly unknown[] | null {
  if (values) return values;
  if (only !== undefined) return [only];
  const all = anyOf?.map((each) => each.const);
  return all?.every((each) => each !== undefined) ? all : null;
}

const hasNames = ({ properties, patternProperties }: Shape) => Boolean(properties ?? patternProperties);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The name that stands nearest above, to begin a sentence with. */
function last(path: CityPath): string {
  const name = path.findLast((each) => typeof each === 'string');
  return name === undefined ? 'it ' : typeof path.at(-1) === 'number' ? `an item of ${name} ` : `${name} `;
}

function shown(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? 'nothing');
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}
