/** Documents the platform signs: compact JWS (RFC 7515) under EdDSA with one pinned Ed25519 key. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { compactVerify } from 'jose';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { TrustDocument } from '../../workers/trust/document.ts';
import { CardListDocument } from '../lists/card-list-document.ts';
import { PlatformError } from './platform-error.ts';

export const IssuedTrust = Type.Object(
  {
    kind: Type.Literal('trust'),
    revision: Type.String({ minLength: 1, maxLength: 64 }),
    issuedAtMs: Type.Integer({ minimum: 0 }),
    document: TrustDocument,
  },
  { additionalProperties: false },
);
export type IssuedTrust = Static<typeof IssuedTrust>;

export interface DocumentByKind {
  readonly trust: IssuedTrust;
  readonly cards: CardListDocument;
}
export type DocumentKind = keyof DocumentByKind;
export const DOCUMENT_KINDS: readonly DocumentKind[] = ['trust', 'cards'];

const compiled = { trust: Compile(IssuedTrust), cards: Compile(CardListDocument) };

/** Reads the pinned key from a JWK file. Throws PlatformError `unusable`. */
export function readPlatformKey(file: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPublicKey({ key: JSON.parse(readFileSync(file, 'utf8')), format: 'jwk' });
  } catch (cause) {
    throw new PlatformError('unusable', `${file} holds no public key as JWK: ${(cause as Error).message}`, {
      cause,
    });
  }
  if (key.asymmetricKeyType !== 'ed25519') {
    throw new PlatformError('unusable', `${file} holds a key that is not Ed25519`);
  }
  return key;
}

/** The document of a JWS. Rejects with PlatformError `signature`, `malformed` or `wrong_kind`. */
export async function verifyDocument<K extends DocumentKind>(
  kind: K,
  jws: Buffer,
  key: KeyObject,
): Promise<DocumentByKind[K]> {
  const payload = await verifySignature(jws, key);
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch (cause) {
    throw new PlatformError('malformed', `the ${kind} document is not JSON`, { cause });
  }
  const named = (document as { kind?: unknown } | null)?.kind;
  if (named !== kind) throw new PlatformError('wrong_kind', `a document of another kind came as ${kind}`);
  if (!compiled[kind].Check(document)) {
    const [fault] = compiled[kind].Errors(document);
    throw new PlatformError(
      'malformed',
      `the ${kind} document is malformed at ${fault?.instancePath || '/'}`,
    );
  }
  return document as DocumentByKind[K];
}

async function verifySignature(jws: Buffer, key: KeyObject): Promise<Uint8Array> {
  try {
    return (await compactVerify(jws, key, { algorithms: ['EdDSA'] })).payload;
  } catch (cause) {
    throw new PlatformError('signature', 'the document is not signed with the pinned key', { cause });
  }
}
