/**
 * Keys of profile `sm` beside those of TUF, and the roots that name them (docs/platform.md, Roots of SM2). Drawn from the seed by role,
 * and never keys of anything else.
 */
import { sm2Jwk, sm2Jws } from '../authority/status-sm.ts';
import { seeded } from '../seed.ts';
import { type Sm2Key, sm2Key, sm3 } from '../sm2.ts';

export interface NamedSm2Key {
  readonly kid: string;
  readonly key: Sm2Key;
}

/** How often the keys of a role were changed so far. */
export interface Sm2Generations {
  readonly root: number;
  readonly lists: number;
}

export interface Sm2Keys {
  readonly roots: readonly NamedSm2Key[];
  readonly content: readonly NamedSm2Key[];
  readonly lists: readonly NamedSm2Key[];
}

const ROOT_KEYS = 3;
const ROOT_THRESHOLD = 2;

export function sm2Keys(seed: string, { root, lists }: Sm2Generations): Sm2Keys {
  const draw = (role: string, index: number): NamedSm2Key => ({
    kid: `sm2-${role}-${index}`,
    key: sm2Key(seeded(seed, `sm2 ${role} key`, index, 40)),
  });
  return {
    roots: Array.from({ length: ROOT_KEYS }, (_, i) => draw('root', root * ROOT_KEYS + i)),
    content: [draw('content', 0)],
    lists: [draw('lists', lists)],
  };
}

/** A root, signed by as many of `signers` as there are: those of the one before among them, where there is one. */
export function signSm2Root(version: number, keys: Sm2Keys, signers: readonly NamedSm2Key[]) {
  const named = (of: readonly NamedSm2Key[]) =>
    of.map(({ kid, key }) => ({ kid, keyJwk: sm2Jwk(key, 'sig') }));
  const said = {
    ...{ v: 1, version, threshold: ROOT_THRESHOLD },
    ...{ roots: named(keys.roots), content: named(keys.content), lists: named(keys.lists) },
  };
  const bytes = Buffer.from(JSON.stringify(said));
  const signatures = signers.map(({ kid, key }) => {
    const [header = '', , signature = ''] = sm2Jws(key, { kid, typ: 'onecard-sm2-root' }, bytes).split('.');
    return { protected: header, signature };
  });
  return { payload: bytes.toString('base64url'), signatures };
}

/** What stands beside TUF on the content of a target: compact JWS. */
export function signContent(
  { kid, key }: NamedSm2Key,
  said: { readonly path: string; readonly length: number; readonly sm3: string; readonly signedAtMs: number },
): string {
  const { path, length, sm3: digest, signedAtMs } = said;
  const payload = { v: 1, path, length, digest: `sm3:${digest}`, signed_at_ms: signedAtMs };
  return sm2Jws(key, { kid, typ: 'onecard-content' }, Buffer.from(JSON.stringify(payload)));
}

export function sm3Hex(bytes: Uint8Array): string {
  return Buffer.from(sm3(bytes)).toString('hex');
}
