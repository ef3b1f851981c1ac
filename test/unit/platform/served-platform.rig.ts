/** A platform for tests, and a gateway's way to it by plain requests, written from docs/platform.md alone. */
import { createHash, createPublicKey, type KeyObject, randomBytes, verify } from 'node:crypto';
import { CompactEncrypt, compactVerify, importJWK } from 'jose';
import { createCity } from '../../../platform/city.ts';
import { createPlatform, type Platform, type PlatformOptions } from '../../../platform/server.ts';

export const NOW = Date.UTC(2026, 10, 20, 8);
export const TOKEN = 'a-token-for-tests-only';
export const city = createCity({ seed: 'served', cards: 50, now: NOW });

const running = new Set<Platform>();

export async function startPlatform(options: Partial<PlatformOptions> = {}): Promise<Platform> {
  const platform = createPlatform({ city, token: TOKEN, now: () => NOW, ...options });
  await platform.start();
  running.add(platform);
  return platform;
}

export async function stopPlatform(platform: Platform): Promise<void> {
  running.delete(platform);
  await platform.stop();
}

export async function stopPlatforms(): Promise<void> {
  for (const platform of [...running]) await stopPlatform(platform);
}

export function get(platform: Platform, path: string): Promise<Response> {
  return fetch(platform.url + path, { headers: { authorization: `Bearer ${TOKEN}` } });
}

export async function getJson<T>(platform: Platform, path: string): Promise<T> {
  return (await (await get(platform, path)).json()) as T;
}

export function post(
  platform: Platform,
  path: string,
  body: unknown,
  type = 'application/json',
): Promise<Response> {
  return fetch(platform.url + path, {
    method: 'POST',
    body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': type },
  });
}

/** A request for live status, by docs/platform.md. */
export async function question(queries: unknown, more: object = {}): Promise<object> {
  const [to] = city.trustDocument().statusEncryptionKeys ?? [];
  if (to === undefined) throw new Error('trust names no key to encrypt to');
  const encrypted = await new CompactEncrypt(Buffer.from(JSON.stringify({ queries })))
    .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM', kid: to.kid })
    .encrypt(await importJWK(to.keyJwk, 'ECDH-ES'));
  return { v: 2, nonce: randomBytes(16).toString('base64url'), encrypted, ...more };
}

/** What the seal of an answer says. Throws unless a key that trust names made it. */
export async function sealSays(response: Response): Promise<Record<string, unknown>> {
  const keys = new Map((city.trustDocument().statusKeys ?? []).map(({ kid, keyJwk }) => [kid, keyJwk]));
  const seal = response.headers.get('onecard-seal') ?? '';
  const { payload } = await compactVerify(seal, ({ kid = '' }) => importJWK(keys.get(kid) ?? {}, 'ES256'));
  return JSON.parse(Buffer.from(payload).toString('utf8')) as Record<string, unknown>;
}

export async function outcome(response: Response): Promise<[number, unknown]> {
  return [response.status, ((await response.json()) as { code?: unknown }).code];
}

interface Signed {
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
  readonly signed: Readonly<Record<string, unknown>>;
}

interface KeyJson {
  readonly keyval: { readonly public: string };
}

/** Keys with what may be signed by them, from the metadata that names them. */
export interface Keys {
  readonly keys: Readonly<Record<string, KeyJson>>;
  readonly keyids: readonly string[];
  readonly threshold: number;
}

/** Canonical JSON as TUF has it: members in order, no space. Enough for text, whole numbers and booleans. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
}

function publicKey({ keyval }: KeyJson): KeyObject {
  const x = Buffer.from(keyval.public, 'hex').toString('base64url');
  return createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x } });
}

/** The signed part of metadata. Throws unless as many of the keys signed it as must. */
export function verified(bytes: string, { keys, keyids, threshold }: Keys): Signed['signed'] {
  const { signatures, signed } = JSON.parse(bytes) as Signed;
  const good = keyids.filter((id) => {
    const sig = signatures.find(({ keyid }) => keyid === id)?.sig;
    const key = keys[id];
    return (
      sig !== undefined &&
      key !== undefined &&
      verify(null, Buffer.from(canonical(signed)), publicKey(key), Buffer.from(sig, 'hex'))
    );
  });
  if (good.length < threshold) throw new Error('metadata is not signed as it must be');
  return signed;
}

export interface TufView {
  readonly trust: Buffer;
  readonly lists: Readonly<Record<string, { readonly hashes: { readonly sha256: string } }>>;
  readonly listKeys: Keys;
  readonly timestamp: Signed['signed'];
  list(path: string): Promise<Buffer>;
}

type Roles = Readonly<Record<string, { readonly keyids: string[]; readonly threshold: number }>>;

/** Follows a repository from its first root, checking signature after signature and digest after digest. */
export async function followTuf(platform: Platform): Promise<TufView> {
  const text = async (path: string) => {
    const response = await get(platform, `/v1/tuf/${path}`);
    if (response.status !== 200) throw new Error(`${path}: ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  };
  const rootBytes = platform.rootJson.toString('utf8');
  const root = (JSON.parse(rootBytes) as Signed).signed as unknown as { keys: Keys['keys']; roles: Roles };
  const of = (role: string): Keys => ({
    keys: root.keys,
    ...(root.roles[role] ?? { keyids: [], threshold: 1 }),
  });
  verified(rootBytes, of('root'));
  const metadata = async (file: string, keys: Keys) =>
    verified((await text(`metadata/${file}`)).toString('utf8'), keys) as Record<string, never>;
  const timestamp = await metadata('timestamp.json', of('timestamp'));
  const snapshot = await metadata(
    `${timestamp['meta']?.['snapshot.json']?.['version']}.snapshot.json`,
    of('snapshot'),
  );
  const versions = snapshot['meta'] as unknown as Record<string, { version: number }>;
  const targets = await metadata(`${versions['targets.json']?.version}.targets.json`, of('targets'));
  const delegations = targets['delegations'] as unknown as { keys: Keys['keys']; roles: [Keys] };
  const listKeys = { ...delegations.roles[0], keys: delegations.keys };
  const lists = await metadata(`${versions['lists.json']?.version}.lists.json`, listKeys);
  const target = async (path: string, from: TufView['lists']) => {
    const sha256 = from[path]?.hashes.sha256;
    const bytes = await text(`targets/${path.replace(/([^/]+)$/, `${sha256}.$1`)}`);
    if (createHash('sha256').update(bytes).digest('hex') !== sha256) throw new Error('another target');
    return bytes;
  };
  const listTargets = lists['targets'] as unknown as TufView['lists'];
  return {
    trust: await target('trust.json', targets['targets'] as unknown as TufView['lists']),
    lists: listTargets,
    listKeys,
    timestamp,
    list: (path) => target(path, listTargets),
  };
}

/** The payload of a link. Throws unless a list key signed it under its own id. */
export function readLink(jws: string, typ: string, { keys, keyids }: Keys): Record<string, unknown> {
  const [header = '', payload = '', signature = ''] = jws.split('.');
  const decode = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  const { alg, kid, typ: named } = decode(header) as Record<string, string>;
  const key = keys[kid ?? ''];
  const isGood =
    alg === 'EdDSA' &&
    named === typ &&
    key !== undefined &&
    keyids.includes(kid ?? '') &&
    verify(null, Buffer.from(`${header}.${payload}`), publicKey(key), Buffer.from(signature, 'base64url'));
  if (!isGood) throw new Error('a link is not signed as it must be');
  return decode(payload) as Record<string, unknown>;
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export interface DeltasAnswer {
  readonly head: string;
  readonly deltas: readonly string[];
}

export function deltasPath(generation: string, after: number, wait_ms = 0): string {
  return `/v1/lists/cards/deltas?generation=${generation}&after=${after}&wait_ms=${wait_ms}`;
}
