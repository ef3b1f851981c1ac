/** A receipt from a stranger: cut, decoded and read strictly. Nothing of it is believed yet. */
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { RECEIPT_PURPOSES } from '../config/policy-schema.ts';
import {
  RECEIPT_ALGORITHMS,
  RECEIPT_TYPE,
  type ReceiptAlgorithm,
  type ReceiptClaims,
} from '../gateway/receipts/receipt.ts';
import { X5C_MAX } from '../gateway/receipts/receipt-keys.ts';
import { base64urlBytes } from '../workers/codecs/base64url.ts';
import { parseStrictJson } from '../workers/codecs/strict-json.ts';

export interface ReadReceipt {
  readonly alg: ReceiptAlgorithm;
  readonly kid: string;
  /** DER of certificates, that of the key first; empty: the receipt carries none. */
  readonly x5c: readonly Uint8Array[];
  readonly claims: ReceiptClaims;
  readonly signingInput: string;
  /** r ‖ s. */
  readonly signature: Uint8Array;
}

export type ReadReceiptResult =
  | { readonly ok: true; readonly receipt: ReadReceipt }
  | { readonly ok: false; readonly why: string };

/** One of a log of 2^53 records has 8 kB. */
export const RECEIPT_CHARACTERS_MAX = 65_536;
const SIGNATURE_BYTES = 64;
/** RFC 7515 clause 4.1.6: base64, not base64url. */
const BASE64 = '^(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$';
/** Of 16,384 bytes. */
const CERTIFICATE_CHARACTERS_MAX = 21_848;
const JSON_LIMITS = { depth: 8, entries: 128 } as const;
const strict = { additionalProperties: false } as const;
const text = Type.String({ minLength: 1, maxLength: 256 });
const time = Type.Integer({ minimum: 0 });
const hash = Type.String({ pattern: '^[A-Za-z0-9+/]{43}=$' });
const nullable = Type.Union([text, Type.Null()]);

const Header = Compile(
  Type.Object(
    {
      ...{ alg: Type.Enum([...RECEIPT_ALGORITHMS]), typ: Type.Literal(RECEIPT_TYPE), kid: text },
      x5c: Type.Optional(
        Type.Array(Type.String({ pattern: BASE64, maxLength: CERTIFICATE_CHARACTERS_MAX }), {
          minItems: 1,
          maxItems: X5C_MAX,
        }),
      ),
    },
    strict,
  ),
);

const Claims = Compile(
  Type.Object(
    {
      iss: text,
      iat: time,
      jti: text,
      sub: Type.Optional(text),
      purpose: Type.Enum([...RECEIPT_PURPOSES]),
      reference: text,
      amount: Type.Optional(
        Type.Object({ minor_units: Type.Integer({ minimum: 1 }), currency: text }, strict),
      ),
      decision: Type.Object({ id: text, outcome: text, code: text, decided_at_ms: time }, strict),
      scene: text,
      service: time,
      evidence: Type.Object(
        {
          ...{ family: text, proof: nullable, holder_bound: Type.Boolean() },
          status: Type.Object(
            { state: text, source: text, age_ms: Type.Number(), list_revision: nullable, live: text },
            strict,
          ),
          ...{ mode: text, policy: text, policy_revision: text, trust_revision: text },
          trust_grace: Type.Boolean(),
        },
        strict,
      ),
      groups: Type.Array(text, { maxItems: 64 }),
      log: Type.Object(
        {
          leaf_hash: hash,
          leaf_index: time,
          tree_size: Type.Integer({ minimum: 1 }),
          path: Type.Array(hash, { maxItems: 64 }),
          checkpoint: Type.String({ minLength: 1, maxLength: 4_096 }),
        },
        strict,
      ),
    },
    strict,
  ),
);
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Never throws for any text. */
export function readReceipt(jws: string): ReadReceiptResult {
  if (jws.length > RECEIPT_CHARACTERS_MAX) return unreadable('it is too long for a receipt');
  const parts = jws.split('.');
  const [header, payload, signature] = parts;
  if (parts.length !== 3 || header === undefined || payload === undefined || signature === undefined) {
    return unreadable('it is no compact JWS: three parts with full stops between them');
  }
  const head = jsonOf(header);
  if (!Header.Check(head)) return unreadable(`its header is not that of a receipt (typ ${RECEIPT_TYPE})`);
  const claims = jsonOf(payload);
  if (!Claims.Check(claims)) {
    const [fault] = Claims.Errors(claims);
    return unreadable(
      `its claims are not those of a receipt: ${fault?.instancePath || '/'} ${fault?.message ?? ''}`,
    );
  }
  const bytes = base64urlBytes(signature);
  if (bytes?.length !== SIGNATURE_BYTES) return unreadable(`its signature has not ${SIGNATURE_BYTES} bytes`);
  const signingInput = `${header}.${payload}`;
  const receipt = {
    alg: head.alg,
    kid: head.kid,
    x5c: (head.x5c ?? []).map((each) => new Uint8Array(Buffer.from(each, 'base64'))),
    claims: claims as ReceiptClaims,
    signingInput,
    signature: bytes,
  };
  return { ok: true, receipt };
}

/** Undefined: it is none. */
function jsonOf(part: string): unknown {
  const bytes = base64urlBytes(part);
  if (bytes === null) return undefined;
  try {
    const parsed = parseStrictJson(utf8.decode(bytes), JSON_LIMITS);
    return parsed.ok ? parsed.value : undefined;
  } catch {
    return undefined;
  }
}

function unreadable(why: string): ReadReceiptResult {
  return { ok: false, why };
}
