/** What is wrong with settings, in words: where, what was given, what is allowed, and the name that was meant. */
import { meant } from './nearest-name.ts';
import { allowedValues, type SettingSchema, schemaAt, valueAt } from './setting-leaves.ts';

/** As a validator of JSON Schema tells an error. */
export interface SchemaError {
  readonly keyword: string;
  /** JSON pointer. */
  readonly instancePath: string;
}

const SHOWN_CHARACTERS = 60;

/** A line for each path that is at fault, in the order they were found. `source`: where a setting at a path comes from. */
export function settingsFaults(
  schema: SettingSchema,
  settings: unknown,
  errors: readonly SchemaError[],
  source: (path: readonly string[]) => string,
): string[] {
  // The schema of an unknown name is `false`; the object that holds it is at no further fault.
  const paths = errors
    .filter(({ keyword }) => keyword !== 'additionalProperties')
    .map(({ instancePath }) => instancePath);
  const lines = [...new Set(paths)].flatMap((pointer) => {
    const path = pointerPath(pointer);
    return faultsAt(schema, path, valueAt(settings, path)).map((fault) => `${source(path)}${fault}`);
  });
  return [...new Set(lines)];
}

/** Names that the schema does not have and every object inherits (`constructor`): a copy of the settings leaves them out. */
export function inheritedNames(schema: SettingSchema, settings: unknown, pointer = ''): SchemaError[] {
  const { properties } = schema;
  if (!properties || typeof settings !== 'object' || settings === null) return [];
  return Object.entries(settings).flatMap(([name, value]) => {
    const inner = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    const known = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (known) return inheritedNames(known, value, inner);
    return name in Object.prototype ? [{ keyword: 'boolean', instancePath: inner }] : [];
  });
}

function faultsAt(schema: SettingSchema, path: readonly string[], value: unknown): string[] {
  const name = path.join('.');
  const found = schemaAt(schema, path);
  if (found === null) {
    const siblings = schemaAt(schema, path.slice(0, -1))?.properties ?? {};
    return [`${name}: there is no such setting; ${meant(path.at(-1) ?? '', Object.keys(siblings))}`];
  }
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!found.properties) return [`${name} must be ${allowedValues(found)}, and is ${shown(value)}`];
  if (!isObject) return [`${name || 'the whole'} must be an object, and is ${shown(value)}`];
  return (found.required ?? [])
    .filter((each) => !Object.hasOwn(value, each))
    .map((each) => {
      const missing = schemaAt(found, [each]);
      return `${[...path, each].join('.')} is missing: ${missing ? allowedValues(missing) : 'a value'}`;
    });
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

const pointerPath = (pointer: string) =>
  pointer
    .split('/')
    .slice(1)
    .map((each) => each.replaceAll('~1', '/').replaceAll('~0', '~'));
