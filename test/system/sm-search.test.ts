/**
 * In profile `sm` nothing of the other profile is made, kept, sent or shown, but what the table of uses says is given by others,
 * with its reason (docs/cryptography-uses.md).
 */
import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Use } from '../../crypto/uses/use.ts';
import { USES } from '../../crypto/uses.ts';
import type { DeskSession } from '../composed/desk-session.rig.ts';
import { OF_A_USE } from '../uses-of-files.rig.ts';
import { otherProfileIn } from './other-profile.rig.ts';
import { lookAtEverything, type SmWorld, startSmWorld, tapEverything, useDesk } from './sm-world.rig.ts';

vi.hoisted(() => {
  // Read by every rig when it is imported.
  process.env['ONECARD_TEST_PROFILE'] = 'sm';
});
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

/** Of the other profile, as node:crypto and Web Cryptography name them. */
const OTHER = /sha-?(?:1|2|3|5)|^aes|id-aes|p-(?:256|384|521)|prime|secp|ed25519|x25519|rsa|chacha|scrypt/;

const FAMILIES: readonly (readonly [RegExp, string])[] = [
  [/p-?(?:256|384|521)|prime|secp|es(?:256|384|512)|ecdsa|ecdh/i, 'curves of NIST'],
  [/ed25519|eddsa|x25519/i, 'curves of Edwards and Montgomery'],
  [/rsa|rs256/i, 'RSA'],
  [/aes|a256gcm/i, 'AES'],
  [/sha-?1/i, 'SHA-1'],
  [/sha/i, 'SHA-2'],
];
const FAMILY_OF = (algorithm: string) => FAMILIES.find(([name]) => name.test(algorithm))?.[1] ?? algorithm;

/** Which row speaks for whom: those of the code, and packages that it calls. */
const CALLERS: Readonly<Record<string, keyof typeof USES>> = {
  ...OF_A_USE,
  '@tufjs/models': 'tuf-metadata',
  'gateway/knowledge/trust/target-files.ts': 'tuf-metadata',
  'gateway/knowledge/trust/trust-repository.ts': 'tuf-metadata',
  'gateway/link/link-trust.ts': 'tuf-metadata',
};

const PLACES: readonly (readonly [RegExp, keyof typeof USES])[] = [
  [/^platform\/trust\/.*(?:root|lists|snapshot|targets|timestamp)\.json$/, 'tuf-metadata'],
  // Keys of those who issue foreign credentials.
  [/^platform\/trust\/.*\/trust\.json$/, 'credential-sd-jwt'],
];

let world: SmWorld;
let manager: DeskSession;

beforeAll(async () => {
  world = await startSmWorld();
  await tapEverything(world);
  manager = await useDesk(world);
  await lookAtEverything(world, manager);
});
afterAll(() => world?.stop());

/** What is not given by others stands in no row of the table: a list of what is found, so that the test says it all at once. */
const unexplained = (found: readonly Explained[]) =>
  [...new Set(found.filter((each) => !isExplained(each)).map(({ what }) => what))].sort();

interface Explained {
  readonly what: string;
  readonly algorithm: string;
  readonly use: keyof typeof USES | undefined;
}

/** Its row says that others decide, why, and that it is this algorithm. */
function isExplained({ algorithm, use }: Explained): boolean {
  const row: Use | undefined = use && USES[use];
  return (
    row !== undefined && 'given' in row && row.given.some((each) => FAMILY_OF(each) === FAMILY_OF(algorithm))
  );
}

test('a search finds what there is to find, and nothing in what is of this profile', () => {
  const pem = (key: KeyObject) => key.export({ format: 'pem', type: 'spki' }) as string;
  const named = (content: Uint8Array | string) => [
    ...new Set(otherProfileIn(content).map(({ algorithm }) => algorithm)),
  ];
  const header = (alg: string) => Buffer.from(JSON.stringify({ alg, typ: 'x' })).toString('base64url');
  const { publicKey: p256 } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { publicKey: ed25519 } = generateKeyPairSync('ed25519');
  const { publicKey: sm2 } = generateKeyPairSync('ec', { namedCurve: 'SM2' });
  expect(named('"digest":"sha-256"')).toEqual(['SHA-2']);
  expect(named(Buffer.concat([randomBytes(9), Buffer.from('hmac_SHA256'), randomBytes(9)]))).toContain(
    'SHA-2',
  );
  expect(named('{"enc":"A256GCM"}')).toEqual(['AES']);
  expect(named(`{"receipt":"${header('ES256')}.e30.AA"}`)).toEqual(['ES256']);
  expect(named(`${header('EdDSA')}.e30.AA`)).toEqual(['EdDSA']);
  expect(named(pem(p256))).toEqual(['P-256']);
  expect(named(JSON.stringify({ key: pem(ed25519) }))).toEqual(['EdDSA']);
  expect(named(JSON.stringify(p256.export({ format: 'jwk' })))).toEqual(['P-256']);
  expect(named(p256.export({ format: 'der', type: 'spki' }))).toEqual(['P-256']);
  expect(named(`${pem(sm2)} ${header('SGD_SM3_SM2')}.e30.AA sm3:9b HMAC-SM3 SM4-CTR-HMAC-SM3`)).toEqual([]);
});

test('what is asked of node:crypto, in every thread', () => {
  const asked = world.asked();
  const others = asked.filter(({ algorithm }) => OTHER.test(algorithm));
  expect(asked.length).toBeGreaterThan(others.length);
  const found = others
    .filter(({ by }) => !by.startsWith('crypto/self-test/'))
    .map(({ call, algorithm, by }) => ({
      what: `${algorithm} (${call}) by ${by}`,
      algorithm,
      use: Object.entries(CALLERS).find(([path]) => by.startsWith(path))?.[1],
    }));
  expect(unexplained(found)).toEqual([]);
});

test.each([
  ['said', () => world.said],
  ['stored', () => world.stored()],
] as const)('what is %s', (_, places) => {
  const found = places().flatMap(({ where, content }) =>
    (where.includes('/openapi.json') ? [] : otherProfileIn(content)).map(({ algorithm, text }) => ({
      what: `${algorithm} in ${where}: ${text}`,
      algorithm,
      use: PLACES.find(([place]) => place.test(where))?.[1],
    })),
  );
  expect(unexplained(found)).toEqual([]);
});

/** They describe both profiles: where they name an algorithm of the other, they name in the same place what stands for it here. */
test('what is described of the interfaces', () => {
  const documents = world.said.filter(({ where }) => /\/openapi\.json 200$/.test(where));
  expect(documents.length).toBeGreaterThanOrEqual(2);
  const found = documents.flatMap(({ where, content }) =>
    alone(JSON.parse(Buffer.from(content).toString()), where.replace(/.*:\d+/, '')),
  );
  expect([...new Set(found)]).toEqual([]);
});

const HERE = /SM[234]/i;
/** Keys of wallets are of foreign credentials; an example is of the profile that is the default. */
const OF_OTHERS = /\/(?:crv|example|examples)(?:\/|$)/;

/** Where texts, lists of values and names of members are of the other profile alone. */
function alone(value: unknown, at: string): string[] {
  if (OF_OTHERS.test(at)) return [];
  if (typeof value === 'string')
    return otherProfileIn(value).length > 0 && !HERE.test(value) ? [`${at}: ${value}`] : [];
  if (typeof value !== 'object' || value === null) return [];
  const isList = Array.isArray(value);
  if (isList && value.every((each) => typeof each === 'string')) return alone(value.join(' '), at);
  const names = isList ? [] : alone(Object.keys(value).join(' '), `${at} members`);
  return [...names, ...Object.entries(value).flatMap(([name, each]) => alone(each, `${at}/${name}`))];
}
