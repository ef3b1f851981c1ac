/** Proves SD-JWTs that a test made, under anchors of the test's own. */
import type { KeyObject } from 'node:crypto';
import { chooseEngine } from '../../../../workers/engine/choose.ts';
import { Prover } from '../../../../workers/prove.ts';
import {
  AUDIENCE,
  anchor,
  claim,
  digestOf,
  GIVEN_NAME,
  HEADER,
  holderKey,
  issued,
  issuerKey,
  jwkOf,
  jwt,
  NONCE,
  NOW_MS,
  payload,
  present,
} from '../../../fixtures/sd-jwts.ts';

export const { engine } = chooseEngine();

export interface Shown {
  readonly text: string;
  readonly aud?: string | null;
  readonly nonce?: string | null;
  readonly atMs?: number;
  readonly anchors?: readonly unknown[];
  readonly disclose?: readonly string[];
}

export function prove({
  text,
  aud = AUDIENCE,
  nonce = NONCE,
  atMs = NOW_MS,
  anchors = [anchor()],
  disclose = [],
}: Shown) {
  const prover = new Prover(engine, 1_048_576);
  const revision = prover.loadTrust({ anchors });
  const item = { family: 'sd-jwt', input: { text, aud, nonce }, atMs, disclose };
  const [verdict] = prover.prove([item], revision, true);
  if (verdict === undefined) throw new Error('one verdict an item');
  return verdict;
}

/** With these claims at the top of the payload, beside what is usual; shown with these disclosures. */
export const withDigests = (
  digests: readonly string[],
  shown: readonly string[],
  more: Record<string, unknown> = {},
) => present(jwt(HEADER, payload(digests, more), issuerKey), shown);
/** One claim, disclosed. */
export const disclosing = (disclosure: string) => withDigests([digestOf(disclosure)], [disclosure]);
export const unbound = { aud: null, nonce: null };
export const good = present(issued(), [GIVEN_NAME]);
export const [goodJwt = ''] = good.split('~');
export const [goodHeader = '', goodPayload = '', goodSignature = ''] = goodJwt.split('.');

/** The good credential with other parts of the issuer's JWT, and a key binding that is right for it. */
export const reissued = (header: string, body: string, signature: string) =>
  present(`${header}.${body}.${signature}`, [GIVEN_NAME]);

export const flipped = (text: string, at: number) =>
  text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
export const der = (key: KeyObject) => key.export({ format: 'der', type: 'pkcs8' }).toString('base64url');
export const holderJwk = jwkOf(holderKey);
export const parent = claim('place', { _sd: [digestOf(claim('locality', '渝中'))] });
export const repeated = digestOf('twice');
export const bind = (binding: Parameters<typeof present>[2]) => present(issued(), [GIVEN_NAME], binding);
export const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
