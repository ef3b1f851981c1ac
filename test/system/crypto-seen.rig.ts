/**
 * Preloaded (`node --import`, in NODE_OPTIONS) by a process whose cryptography a test looks at: each algorithm that is asked of
 * node:crypto or of Web Cryptography, with the file that asked, is written as a line of JSON to the file that
 * ONECARD_TEST_CRYPTO_FILE names, once for each thread. What is asked is done as ever.
 */
import crypto, { type JsonWebKey, KeyObject, type webcrypto } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join, relative } from 'node:path';

/** By whom: a file of the project, or a package. */
export interface SeenCrypto {
  readonly call: string;
  /** As node:crypto names it; the key's where that decides. */
  readonly algorithm: string;
  readonly by: string;
}

type Callable = (...given: unknown[]) => unknown;

const ROOT = join(import.meta.dirname, '../..');
const OWN = relative(ROOT, import.meta.filename);
const file = process.env['ONECARD_TEST_CRYPTO_FILE'] ?? '';
const written = new Set<string>();
const FRAMES = 40;
const IMPLEMENTATION = /^(?:crypto\/(?!self-test\/)|workers\/engine\/)/;

function note(call: string, algorithm: string): void {
  const seen: SeenCrypto = { call, algorithm: algorithm.toLowerCase(), by: askedBy() };
  const line = JSON.stringify(seen);
  if (written.has(line)) return;
  written.add(line);
  appendFileSync(file, `${line}\n`);
}

/** The file that wanted it: what implements algorithms for all is passed over, but for what it tries itself. */
function askedBy(): string {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = FRAMES;
  const stack = new Error().stack ?? '';
  Error.stackTraceLimit = limit;
  const frames = [...stack.matchAll(/(?:file:\/\/)?(\/[^\s():]+):\d+:\d+/g)]
    .map(([, path = '']) => relative(ROOT, path))
    .filter((path) => path !== OWN);
  const own = frames.filter((path) => !path.includes('node_modules/') && !path.startsWith('..'));
  const wanted = own.find((path) => !IMPLEMENTATION.test(path));
  const packaged = frames.map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]);
  return wanted ?? own[0] ?? packaged.find((name) => name !== undefined) ?? 'unknown';
}

function keyName(key: unknown): string {
  const object = key instanceof KeyObject ? key : (key as { readonly key?: unknown } | null)?.key;
  if (!(object instanceof KeyObject)) return '';
  return object.asymmetricKeyDetails?.namedCurve ?? object.asymmetricKeyType ?? object.type;
}

/** What is asked, of the arguments of each function. */
const ASKED: Readonly<Record<string, (...given: unknown[]) => unknown>> = {
  createHash: (name) => name,
  hash: (name) => name,
  createHmac: (name) => name,
  createSign: (name) => name,
  createVerify: (name) => name,
  createCipheriv: (name) => name,
  createDecipheriv: (name) => name,
  createECDH: (name) => name,
  hkdf: (name) => name,
  hkdfSync: (name) => name,
  pbkdf2: (_password, _salt, _rounds, _bytes, name) => name,
  pbkdf2Sync: (_password, _salt, _rounds, _bytes, name) => name,
  scrypt: () => 'scrypt',
  scryptSync: () => 'scrypt',
  sign: (name, _data, key) => `${name ?? ''} ${keyName(key)}`,
  verify: (name, _data, key) => `${name ?? ''} ${keyName(key)}`,
  diffieHellman: (keys) => keyName((keys as { readonly privateKey?: unknown }).privateKey),
  generateKeyPair: (type, options) => curveOf(options) ?? type,
  generateKeyPairSync: (type, options) => curveOf(options) ?? type,
};
/** What they make says it. */
const MADE = ['createPrivateKey', 'createPublicKey'] as const;

const curveOf = (options: unknown) => (options as { readonly namedCurve?: string } | undefined)?.namedCurve;

const functions = crypto as unknown as Record<string, Callable>;
for (const [name, asked] of Object.entries(ASKED)) {
  const done = functions[name];
  if (done === undefined) continue;
  functions[name] = (...given) => {
    note(name, String(asked(...given)));
    return done(...given);
  };
}
for (const name of MADE) {
  const done = functions[name];
  if (done === undefined) continue;
  functions[name] = (...given) => {
    const key = done(...given);
    note(name, keyName(key));
    return key;
  };
}
syncBuiltinESMExports();

interface WebAlgorithm {
  readonly name?: string;
  readonly namedCurve?: string;
  readonly hash?: WebAlgorithm | string;
}

function webName(algorithm: unknown): string {
  if (typeof algorithm === 'string') return algorithm;
  const { name = '', namedCurve = '', hash } = (algorithm ?? {}) as WebAlgorithm;
  return [name, namedCurve, hash === undefined ? '' : webName(hash)].filter((each) => each !== '').join(' ');
}

const subtle = Object.getPrototypeOf(crypto.webcrypto.subtle) as Record<string, Callable>;
/** The place of the algorithm among the arguments. */
const WEB: Readonly<Record<string, number>> = {
  ...{ digest: 0, sign: 0, verify: 0, encrypt: 0, decrypt: 0, deriveBits: 0, deriveKey: 0, generateKey: 0 },
  ...{ importKey: 2, unwrapKey: 3, wrapKey: 3 },
};
for (const [name, at] of Object.entries(WEB)) {
  const done = subtle[name] as Callable;
  subtle[name] = function asked(this: webcrypto.SubtleCrypto, ...given: unknown[]) {
    const jwk = given.find((each) => typeof each === 'object' && each !== null && 'crv' in each) as
      | JsonWebKey
      | undefined;
    note(`subtle.${name}`, [webName(given[at]), jwk?.crv ?? ''].join(' ').trim());
    return done.apply(this, given);
  };
}
