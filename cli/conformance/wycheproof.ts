/** Suite `wycheproof`: signatures as C2SP/wycheproof publishes them, through the checks that certificates are verified with. */
import { parsePublicKey } from '../../workers/certificates/public-key.ts';
import type { Sha2, SignatureAlgorithm } from '../../workers/certificates/signature-algorithm.ts';
import { holds, signatureCheck } from '../../workers/certificates/signature-check.ts';
import { fromHex } from '../../workers/codecs/hex.ts';
import { chooseEngine } from '../../workers/engine/choose.ts';
import type { SignatureEngine } from '../../workers/engine/job.ts';
import { filesOf, readJsonFile } from './folder.ts';
import type { ConformanceCase, Suite } from './suite.ts';

interface WycheproofFile {
  readonly testGroups: readonly Group[];
}

interface Group {
  readonly type: string;
  readonly publicKeyDer: string;
  readonly sha?: string;
  readonly mgf?: string;
  readonly mgfSha?: string;
  readonly sLen?: number;
  readonly tests: readonly Vector[];
}

interface Vector {
  readonly tcId: number;
  readonly msg: string;
  readonly sig: string;
  readonly result: 'valid' | 'invalid' | 'acceptable';
}

const HASHES: Readonly<Record<string, Sha2>> = {
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

export const wycheproofSuite: Suite = {
  name: 'wycheproof',
  about: 'signatures as in C2SP/wycheproof: ECDSA with DER, EdDSA, RSASSA-PSS, RSASSA-PKCS1-v1_5',
  *run(folder) {
    const { engine } = chooseEngine();
    for (const name of filesOf(folder, '.json')) {
      for (const group of (readJsonFile(folder, name) as WycheproofFile).testGroups) {
        for (const vector of group.tests) {
          const actual = judge(group, vector, engine);
          yield { name: `${name}#${vector.tcId}`, expected: expectedOf(vector, actual), ...actual };
        }
      }
    }
  },
};

type Actual = Pick<ConformanceCase, 'actual' | 'code'>;

/** Of what is acceptable both are right. */
function expectedOf({ result }: Vector, { actual }: Actual): ConformanceCase['expected'] {
  if (result === 'acceptable') return actual === 'accepted' ? 'accepted' : 'rejected';
  return result === 'valid' ? 'accepted' : 'rejected';
}

function judge(group: Group, { msg, sig }: Vector, engine: SignatureEngine): Actual {
  const algorithm = algorithmOf(group);
  const key = parsePublicKey(fromHex(group.publicKeyDer));
  if (algorithm === null) return { actual: 'unsupported', code: `${group.type} ${group.sha ?? ''}`.trim() };
  if (typeof key === 'string') return { actual: 'unsupported', code: `a key that is not read (${key})` };
  if (key.algorithm === 'unknown') return { actual: 'unsupported', code: 'another curve' };
  const check = signatureCheck(algorithm, key, fromHex(msg), fromHex(sig));
  if ('refused' in check) return { actual: 'rejected', code: check.refused };
  return holds(engine, check)
    ? { actual: 'accepted', code: 'proof.ok' }
    : { actual: 'rejected', code: 'signature.raw' };
}

function algorithmOf({ type, sha = '', mgf, mgfSha, sLen }: Group): SignatureAlgorithm | null {
  if (type === 'EddsaVerify') return { name: 'ed25519' };
  const hash = HASHES[sha];
  if (hash === undefined) return null;
  switch (type) {
    case 'EcdsaVerify':
      return { name: 'ecdsa', hash };
    case 'RsassaPkcs1Verify':
      return { name: 'rsa-pkcs1', hash };
    case 'RsassaPssVerify':
      return mgf === 'MGF1' && mgfSha === sha && sLen !== undefined
        ? { name: 'rsa-pss', hash, saltBytes: sLen }
        : null;
    default:
      return null;
  }
}
