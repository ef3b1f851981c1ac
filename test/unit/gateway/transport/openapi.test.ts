import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { presentationSchema } from '../../../../gateway/tap/1-decode/decode.ts';
import { VerificationEnvelope, VerificationRules } from '../../../../gateway/transport/taps/rest-schemas.ts';
import { hexForm } from '../../../../workers/families/byte-form.ts';
import { FAMILIES, familyNamed } from '../../../../workers/families/table.ts';
import { type FakeGateway, startFakeGateway } from './fake-gateway.rig.ts';

type Json = { readonly [name: string]: Json } & Json[];

const RIDE_CODE = { family: 'transit-qr', ...familyNamed('transit-qr')?.example };

let gateway: FakeGateway;
let document: Json;
beforeAll(async () => {
  gateway = await startFakeGateway();
  document = (await (await fetch(`${gateway.url}/openapi.json`)).json()) as Json;
});
afterAll(() => gateway.close());

const at = (...names: string[]): Json => names.reduce((value, name) => value[name] as Json, document);
const operations = () =>
  Object.entries(at('paths')).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  );

/** The schema with every reference to a component replaced by it: none of ours is recursive. */
function resolved(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(resolved);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { $ref } = schema as { $ref?: string };
  if ($ref !== undefined) return resolved(at(...$ref.slice(2).split('/')));
  return Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, resolved(value)]));
}

describe('/openapi.json', () => {
  it('has the structure of OpenAPI 3.1', () => {
    expect(document['openapi']).toBe('3.1.0');
    expect(at('info')).toMatchObject({
      title: expect.any(String),
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    });
    const ids = new Set<unknown>();
    for (const { path, method, operation } of operations()) {
      expect(path).toMatch(/^\//);
      expect(['get', 'post']).toContain(method);
      expect(operation['operationId']).toEqual(expect.any(String));
      ids.add(operation['operationId']);
      for (const [status, response] of Object.entries(operation['responses'] as Json)) {
        expect(status).toMatch(/^[1-5]\d\d$/);
        expect(response['description']).toEqual(expect.any(String));
      }
      for (const requirement of operation['security'] as Json[]) {
        for (const name of Object.keys(requirement)) {
          expect(at('components', 'securitySchemes')).toHaveProperty(name);
        }
      }
    }
    expect(ids.size).toBe(operations().length);
    for (const name of Object.keys(at('components', 'schemas'))) expect(name).toMatch(/^[A-Za-z0-9._-]+$/);
  });

  it('refers to nothing that is not there', () => {
    const references = [...JSON.stringify(document).matchAll(/"#\/([^"]+)"/g)].map(
      ([, path]) => path as string,
    );
    expect(references.length).toBeGreaterThan(20);
    for (const path of references) expect(at(...path.split('/'))).toBeDefined();
  });

  it('describes what is served, and only that', async () => {
    expect(
      operations()
        .map(({ path, method }) => `${method} ${path}`)
        .sort(),
    ).toEqual([
      'get /.well-known/onecard-receipts.json',
      'get /livez',
      'get /openapi.json',
      'get /readyz',
      'get /v1/gate',
      'get /v1/receipts/{id}',
      'get /v1/scenes',
      'get /v1/scenes/{scene}',
      'post /v1/challenges',
      'post /v1/receipts',
      'post /v1/sessions',
      'post /v1/verifications',
      'post /v1/verifications:batch',
    ]);
    for (const { path, method, operation } of operations()) {
      const served = await fetch(gateway.url + path, { method: method.toUpperCase() });
      expect(served.status).not.toBe(404);
      expect(served.status).not.toBe(405);
      expect(operation['responses']).toHaveProperty([String(served.status)]);
      const mediaType = served.headers.get('content-type')?.split(';')[0];
      expect((operation['responses'] as Json)[String(served.status)]?.['content']).toHaveProperty([
        mediaType ?? '',
      ]);
      for (const other of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH']) {
        if (Object.hasOwn(at('paths', path), other.toLowerCase())) continue;
        expect((await fetch(gateway.url + path, { method: other })).status).toBe(405);
      }
    }
  });

  it('has an example for every family, and all examples are valid', () => {
    let examples = 0;
    for (const { operation } of operations()) {
      const contents = [operation['requestBody'], ...Object.values((operation['responses'] ?? {}) as Json)];
      for (const holder of contents) {
        for (const media of Object.values((holder?.['content'] ?? {}) as Json)) {
          const compiled = Compile(resolved(media['schema']) as TSchema);
          for (const [name, example] of Object.entries((media['examples'] ?? {}) as Json)) {
            expect([name, compiled.Check(example['value'])]).toEqual([name, true]);
            examples++;
          }
        }
      }
    }
    const presentable = [...FAMILIES.filter((family) => family.presentable).map(({ name }) => name), 'scan'];
    const shown = at(
      'paths',
      '/v1/verifications',
      'post',
      'requestBody',
      'content',
      'application/json',
      'examples',
    );
    expect(Object.keys(shown).sort()).toEqual([...presentable].sort());
    expect(examples).toBe(presentable.length + 12);
  });

  it('names choices by enum: clients made from anyOf of constants cannot be used', () => {
    const choices: unknown[] = [];
    const walk = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      const { anyOf, oneOf, enum: names } = value as { anyOf?: Json; oneOf?: Json; enum?: Json };
      for (const each of [...(anyOf ?? []), ...(oneOf ?? [])]) expect(each).not.toHaveProperty('const');
      if (names !== undefined) choices.push(names);
      for (const each of Object.values(value)) walk(each);
    };
    walk(document);
    expect(choices).toContainEqual(['allow', 'deny', 'refer']);
    expect(choices).toContainEqual(['live', 'lists', 'stale', 'closed']);
    expect(choices).toContainEqual(['gate', 'desk', 'batch']);
  });

  it('says that stream and seq come together, and holds requests to it', async () => {
    const verify = (more: object) =>
      fetch(`${gateway.url}/v1/verifications`, {
        method: 'POST',
        headers: { authorization: 'Bearer good', 'content-type': 'application/json' },
        body: JSON.stringify({ ...RIDE_CODE, ...more }),
      });
    const [stream, seq] = ['0'.repeat(32), 1];
    const compiled = Compile(at('components', 'schemas', 'Presentation.transit-qr') as unknown as TSchema);
    for (const [more, status] of [
      [{}, 200],
      [{ stream, seq }, 200],
      [{ stream }, 422],
      [{ seq }, 422],
    ] as const) {
      expect(compiled.Check({ ...RIDE_CODE, ...more })).toBe(status === 200);
      expect((await verify(more)).status).toBe(status);
    }
  });

  it('describes the problem of a token that expired, which tells the time', async () => {
    const answer = await fetch(`${gateway.url}/v1/verifications`, {
      method: 'POST',
      headers: { authorization: 'Bearer session.old', 'content-type': 'application/json' },
      body: '{}',
    });
    const problem = (await answer.json()) as Json;
    expect(problem).toMatchObject({ code: 'auth.expired', server_time_ms: expect.any(Number) });
    const compiled = Compile(resolved(at('components', 'schemas', 'Problem')) as TSchema);
    expect(compiled.Check(problem)).toBe(true);
  });

  it('publishes the schemas that validate', () => {
    for (const family of FAMILIES.filter(({ presentable }) => presentable)) {
      const validating = JSON.parse(
        JSON.stringify(presentationSchema(family, hexForm, VerificationEnvelope, VerificationRules)),
      );
      expect(at('components', 'schemas', `Presentation.${family.name}`)).toEqual(validating);
    }
  });
});
