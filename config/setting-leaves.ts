/** Every single setting, from the one schema: where it is, what it may be, and what it is called in the environment. */
import type { TSchema } from 'typebox';

/** What is read of a schema of a setting (JSON Schema 2020-12). */
export interface SettingSchema extends TSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, SettingSchema>>;
  readonly required?: readonly string[] | undefined;
  readonly anyOf?: readonly { readonly const: string }[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly pattern?: string;
  readonly default?: unknown;
  readonly description?: string;
}

export interface SettingLeaf {
  /** Names from the outside in: `['limits', 'queue_gate']`. */
  readonly path: readonly string[];
  readonly schema: SettingSchema;
  /** `ONECARD_LIMITS__QUEUE_GATE`. */
  readonly variable: string;
  /** It has no default and cannot be left out where the object that holds it is given. */
  readonly isRequired: boolean;
}

export const VARIABLE_PREFIX = 'ONECARD_';
/** Between the names of a path. */
export const VARIABLE_SEPARATOR = '__';

export function settingLeaves(schema: SettingSchema, path: readonly string[] = []): SettingLeaf[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, each]) => {
    const inner = [...path, name];
    if (each.properties) return settingLeaves(each, inner);
    const isRequired = each.default === undefined && (schema.required ?? []).includes(name);
    return [{ path: inner, schema: each, variable: variableOf(inner), isRequired }];
  });
}

const variableOf = (path: readonly string[]) =>
  `${VARIABLE_PREFIX}${path.join(VARIABLE_SEPARATOR).toUpperCase()}`;

/** The schema at a path; null where there is no such setting. */
export function schemaAt(schema: SettingSchema, path: readonly string[]): SettingSchema | null {
  const [name, ...rest] = path;
  if (name === undefined) return schema;
  const { properties = {} } = schema;
  const inner = Object.hasOwn(properties, name) ? properties[name] : undefined;
  return inner ? schemaAt(inner, rest) : null;
}

/** What a value of it may be, as it is said to whoever gave another. */
export function allowedValues(schema: SettingSchema): string {
  const { anyOf, type, minimum, maximum, pattern } = schema;
  if (anyOf) return `one of ${anyOf.map((each) => each.const).join(', ')}`;
  if (type === 'integer') return `a whole number from ${minimum} to ${maximum}`;
  if (type === 'boolean') return 'true or false';
  if (type === 'object') return 'an object';
  return pattern === undefined ? 'text that is not empty' : `text of the form ${pattern}`;
}

/** Undefined where nothing stands. */
export function valueAt(settings: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, name) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, name)
        ? (value as Record<string, unknown>)[name]
        : undefined,
    settings,
  );
}
