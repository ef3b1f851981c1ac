/** What an OpenAPI 3.1 document says of its operations, read once; nothing here knows of any API in particular. */
import { type TSchema, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { OptionsError } from '../options.ts';

/** Whether a value is of a schema of the document; the first fault, or null. */
export type FaultOf = (value: unknown) => string | null;

export interface Operation {
  readonly operationId: string;
  readonly method: string;
  /** With `{name}` where a parameter goes. */
  readonly path: string;
  readonly parameters: readonly {
    readonly name: string;
    readonly place: string;
    readonly faultOf: FaultOf;
  }[];
  /** Null: it takes none. */
  readonly body: { readonly mediaType: string; readonly faultOf: FaultOf } | null;
  /** By scheme of the document, the scopes that are wanted; one of them is enough. None: for everybody. */
  readonly security: readonly (readonly [scheme: string, scopes: readonly string[]])[];
  /** By status (`200`, `4XX`) and media type. */
  readonly answers: ReadonlyMap<string, ReadonlyMap<string, FaultOf>>;
}

export interface OpenApi {
  /** Throws OptionsError where the document has none of this id. */
  operation(operationId: string): Operation;
  /** Of the scheme for OAuth client credentials: its name, and where tokens are had (RFC 6749 clause 4.4). */
  readonly clientCredentials: { readonly scheme: string; readonly tokenUrl: string };
}

const text = Type.String({ maxLength: 4_096 });
const anySchema = Type.Unknown();
const Content = Type.Record(Type.String(), Type.Object({ schema: Type.Optional(anySchema) }));
const OperationSchema = Type.Object({
  operationId: Type.Optional(text),
  parameters: Type.Optional(
    Type.Array(
      Type.Object({ name: text, in: text, required: Type.Optional(Type.Boolean()), schema: anySchema }),
    ),
  ),
  requestBody: Type.Optional(Type.Object({ content: Content })),
  security: Type.Optional(Type.Array(Type.Record(Type.String(), Type.Array(text)))),
  responses: Type.Record(Type.String(), Type.Object({ content: Type.Optional(Content) })),
});
const document = Compile(
  Type.Object({
    openapi: Type.String({ pattern: '^3\\.1\\.' }),
    paths: Type.Record(Type.String(), Type.Record(Type.String(), OperationSchema)),
    components: Type.Object({
      securitySchemes: Type.Record(
        Type.String(),
        Type.Object({
          type: text,
          flows: Type.Optional(
            Type.Object({ clientCredentials: Type.Optional(Type.Object({ tokenUrl: text })) }),
          ),
        }),
      ),
    }),
  }),
);

/** Throws OptionsError where it is no such document, or is one that no client can be made from. */
export function readOpenApi(value: unknown): OpenApi {
  if (!document.Check(value)) {
    const [first] = document.Errors(value);
    throw new OptionsError(`no OpenAPI 3.1 document: ${first?.instancePath ?? ''} ${first?.message ?? ''}`);
  }
  const found = Object.entries(value.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, each]) => ({ path, method, each })),
  );
  const [oauth] = Object.entries(value.components.securitySchemes).flatMap(([scheme, { flows }]) => {
    const tokenUrl = flows?.clientCredentials?.tokenUrl;
    return tokenUrl === undefined ? [] : [{ scheme, tokenUrl }];
  });
  if (oauth === undefined) throw new OptionsError('the OpenAPI document has no OAuth client credentials');
  const read = new Map<string, Operation>();
  return {
    clientCredentials: oauth,
    operation(operationId) {
      const known = read.get(operationId);
      if (known !== undefined) return known;
      const [one, another] = found.filter(({ each }) => each.operationId === operationId);
      if (one === undefined || another !== undefined) {
        throw new OptionsError(`the OpenAPI document has not one operation ${operationId}`);
      }
      const { parameters = [], requestBody, security = [], responses } = one.each;
      const [media] = Object.entries(requestBody?.content ?? {});
      const made: Operation = {
        ...{ operationId, method: one.method.toUpperCase(), path: one.path },
        parameters: parameters
          .filter(({ in: place, required = false }) => required || place === 'path')
          .map(({ name, in: place, schema }) => ({ name, place, faultOf: faultsOf(schema) })),
        body: media === undefined ? null : { mediaType: media[0], faultOf: faultsOf(media[1].schema) },
        security: security.flatMap((each) => Object.entries(each)),
        answers: new Map(
          Object.entries(responses).map(([status, { content = {} }]) => [
            status.toUpperCase(),
            new Map(Object.entries(content).map(([type, { schema }]) => [type, faultsOf(schema)])),
          ]),
        ),
      };
      read.set(operationId, made);
      return made;
    },
  };
}

function faultsOf(schema: unknown): FaultOf {
  const compiled = Compile((schema ?? {}) as TSchema);
  return (value) => {
    if (compiled.Check(value)) return null;
    const [first] = compiled.Errors(value);
    return `${first?.instancePath || '/'} ${first?.message ?? ''}`;
  };
}
