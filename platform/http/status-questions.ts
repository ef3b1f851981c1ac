/** Questions as gateways send them: encrypted to the platform's key (docs/platform.md, Live status). */
import {
  createDecipheriv,
  createHash,
  createPublicKey,
  diffieHellman,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { StatusKeyPair } from '../authority/status.ts';
import { Problem } from './problem.ts';

const QUERIES_MAX = 256;

const envelope = Compile(
  Type.Object(
    {
      v: Type.Literal(2),
      nonce: Type.String({ pattern: '^[A-Za-z0-9_-]{22}$' }),
      encrypted: Type.String({ minLength: 1 }),
    },
    { additionalProperties: false },
  ),
);
const Questions = Type.Object(
  {
    queries: Type.Array(
      Type.Tuple([
        Type.String({ minLength: 1, maxLength: 128 }),
        Type.String({ minLength: 1, maxLength: 256 }),
      ]),
      { minItems: 1, maxItems: QUERIES_MAX },
    ),
  },
  { additionalProperties: false },
);
const questions = Compile(Questions);

const Header = Compile(
  Type.Object(
    {
      alg: Type.Literal('ECDH-ES'),
      enc: Type.Literal('A256GCM'),
      kid: Type.String(),
      epk: Type.Object({
        kty: Type.Literal('EC'),
        crv: Type.Literal('P-256'),
        x: Type.String(),
        y: Type.String(),
      }),
    },
    { additionalProperties: false },
  ),
);

/** AlgorithmID, PartyUInfo, PartyVInfo and SuppPubInfo of RFC 7518, 4.6.2, for A256GCM between two without names. */
const KDF_INFO = Buffer.concat([
  Uint8Array.of(0, 0, 0, 7),
  Buffer.from('A256GCM'),
  Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0),
]);

/** Issuer and credential id of each. Throws Problem. */
export function openQuestions(
  body: unknown,
  decryption: StatusKeyPair<'enc'>,
): Static<typeof Questions>['queries'] {
  const opened = openQuestion(body, decryption);
  if (!questions.Check(opened)) throw new Problem('request.malformed');
  return opened.queries;
}

/** What was asked, whatever it is. Throws Problem unless it was encrypted to this platform. */
export function openQuestion(body: unknown, { kid, privateKey }: StatusKeyPair<'enc'>): unknown {
  if (!envelope.Check(body)) throw new Problem('request.malformed');
  return opening(body.encrypted, kid, privateKey);
}

function opening(encrypted: string, kid: string, privateKey: KeyObject): unknown {
  try {
    return JSON.parse(
      new TextDecoder('utf-8', { fatal: true }).decode(decrypted(encrypted, kid, privateKey)),
    );
  } catch {
    throw new Problem('request.malformed');
  }
}

/** Plain bytes of a compact JWE (RFC 7516, 5.2). Throws unless it was encrypted to this key. */
function decrypted(encrypted: string, kid: string, privateKey: KeyObject): Buffer {
  const [header = '', key, iv = '', ciphertext = '', tag = '', ...more] = encrypted.split('.');
  const said: unknown = JSON.parse(Buffer.from(header, 'base64url').toString('utf8'));
  if (key !== '' || more.length > 0 || !Header.Check(said) || said.kid !== kid) {
    throw new RangeError('not encrypted to this platform');
  }
  const epk: JsonWebKey = said.epk;
  const publicKey = createPublicKey({ key: epk, format: 'jwk' });
  const shared = diffieHellman({ privateKey, publicKey });
  const round = Buffer.concat([Uint8Array.of(0, 0, 0, 1), shared, KDF_INFO]);
  const decipher = createDecipheriv(
    'aes-256-gcm',
    createHash('sha256').update(round).digest(),
    Buffer.from(iv, 'base64url'),
    { authTagLength: 16 },
  );
  decipher.setAAD(Buffer.from(header, 'latin1')).setAuthTag(Buffer.from(tag, 'base64url'));
  return Buffer.concat([decipher.update(Buffer.from(ciphertext, 'base64url')), decipher.final()]);
}
