/** Questions as gateways send them: encrypted to the platform's key (docs/platform.md, Live status). */
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Profiles } from '../authority/profiles.ts';
import type { StatusAuthority } from '../authority/status.ts';
import { openEcdhEs } from './ecdh-questions.ts';
import { Problem } from './problem.ts';
import { openSm2 } from './sm2-questions.ts';

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

/** Those of the profiles that the platform knows, by the name that trust has for them. */
export type QuestionKeys = ReadonlyMap<string, (jwe: string) => Uint8Array>;

export function questionKeys(profiles: Profiles, { encryption, sm }: StatusAuthority): QuestionKeys {
  const all = {
    international: [encryption.kid, (jwe: string) => openEcdhEs(jwe, encryption)],
    sm: [sm.encryption.kid, (jwe: string) => openSm2(jwe, sm.encryption)],
  } as const;
  return new Map(profiles.map((profile) => all[profile]));
}

/** Issuer and credential id of each. Throws Problem. */
export function openQuestions(body: unknown, keys: QuestionKeys): Static<typeof Questions>['queries'] {
  const opened = openQuestion(body, keys);
  if (!questions.Check(opened)) throw new Problem('request.malformed');
  return opened.queries;
}

/** What was asked, whatever it is. Throws Problem unless it was encrypted to this platform. */
export function openQuestion(body: unknown, keys: QuestionKeys): unknown {
  if (!envelope.Check(body)) throw new Problem('request.malformed');
  try {
    const [header = ''] = body.encrypted.split('.', 1);
    const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString('utf8')) as { kid: string };
    const opened = keys.get(kid)?.(body.encrypted);
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(opened));
  } catch {
    throw new Problem('request.malformed');
  }
}
