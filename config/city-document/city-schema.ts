/** JSON Schema of the files of a city document, for editors and validators: made from the one schema. */
import type { TSchema } from 'typebox';
import { CitySchema } from '../policy-schema.ts';

type Json = Readonly<Record<string, unknown>>;

/**
 * Nothing at the top is required: a file may hold any of the lists. What one entry has to do with another is not in it:
 * `onecard config check` knows that.
 */
export function citySchemaDocument(): Json {
  const { required: _, properties, ...rest } = documentOf(CitySchema) as Json;
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'City document of Onecard Gateway',
    ...rest,
    properties: {
      $schema: {
        type: 'string',
        description: 'Where this schema is, for editors. The gateway does not read it.',
      },
      ...(properties as Json),
    },
  };
}

/** Several constants are an enumeration: editors offer its values. */
function documentOf(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(documentOf);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { anyOf, ...rest } = schema as TSchema & { readonly anyOf?: readonly { readonly const?: unknown }[] };
  const others = Object.fromEntries(Object.entries(rest).map(([name, each]) => [name, documentOf(each)]));
  if (!anyOf) return others;
  const values = anyOf.map((each) => each.const);
  return values.every((value) => value !== undefined)
    ? { ...others, enum: values }
    : { ...others, anyOf: documentOf(anyOf) };
}
