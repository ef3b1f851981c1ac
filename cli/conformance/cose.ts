/** Suite `cose`: examples of the COSE working group with one signer (`sign0`), one a file. */
import { fromHex } from '../../workers/codecs/hex.ts';
import { coseAlgorithm } from '../../workers/cose/algorithms.ts';
import type { CoseCurve, CoseKey } from '../../workers/cose/key.ts';
import { readSign1, type Sign1Profile, signedBytes, signedDigest } from '../../workers/cose/sign1.ts';
import { verifySlowly } from '../../workers/cose/slow-signature.ts';
import { chooseEngine } from '../../workers/engine/choose.ts';
import { SIGNATURE_BYTES, type SignatureEngine } from '../../workers/engine/job.ts';
import { filesOf, readJsonFile } from './folder.ts';
import type { ConformanceCase, Suite } from './suite.ts';

/** Some examples name the algorithm where no signature covers it; the families' own profiles do not take it from there. */
const PROFILE: Sign1Profile = {
  tag: 'optional',
  algorithmIn: 'either',
  cbor: { longHeads: false, floats: false, dates: false, tags: new Set([18]) },
};

interface Example {
  readonly fail?: boolean;
  readonly input: {
    readonly sign0?: {
      readonly key: {
        readonly crv?: string;
        readonly x?: string;
        readonly y?: string;
        readonly y_hex?: string;
        readonly x_hex?: string;
      };
      readonly external?: string;
    };
  };
  readonly output: { readonly cbor: string };
}

const CURVES: Readonly<Record<string, CoseCurve>> = { 'P-256': 'p256', 'P-384': 'p384', 'P-521': 'p521' };

export const coseSuite: Suite = {
  name: 'cose',
  about: 'examples of COSE_Sign1 as in cose-wg/Examples, a JSON file each',
  *run(folder) {
    const { engine } = chooseEngine();
    for (const name of filesOf(folder, '.json')) {
      const example = readJsonFile(folder, name) as Example;
      yield {
        name,
        expected: example.fail === true ? 'rejected' : 'accepted',
        ...verifyExample(example, engine),
      };
    }
  },
};

type Actual = Pick<ConformanceCase, 'actual' | 'code'>;

function verifyExample({ input: { sign0 }, output }: Example, engine: SignatureEngine): Actual {
  if (sign0 === undefined) return { actual: 'unsupported', code: 'another message than COSE_Sign1' };
  const key = keyOf(sign0.key);
  if (key === null) return { actual: 'unsupported', code: `curve ${sign0.key.crv}` };
  const sign1 = readSign1(fromHex(output.cbor), PROFILE);
  if (typeof sign1 === 'string') return { actual: 'rejected', code: sign1 };
  const algorithm = coseAlgorithm(sign1.algorithm);
  if (algorithm === undefined) return { actual: 'rejected', code: 'credential.algorithm_unsupported' };
  if (!algorithm.curves.includes(key.curve)) {
    // RFC 8152 let any curve go with any hash, and some examples do.
    return { actual: 'unsupported', code: `${algorithm.name} with a key of ${key.curve}` };
  }
  const { protectedBytes, payload, signature } = sign1;
  const external = Uint8Array.from(fromHex(sign0.external ?? ''));
  if (payload === null) return { actual: 'unsupported', code: 'a payload that is carried elsewhere' };
  const { publicKey } = key;
  const isGood =
    key.curve === 'p256'
      ? signature.length === SIGNATURE_BYTES &&
        engine.verify([
          { curve: 'p256', publicKey, digest: signedDigest(protectedBytes, payload, external), signature },
        ])[0] === 1
      : verifySlowly(key, algorithm, signedBytes(protectedBytes, payload, external), signature);
  return isGood ? { actual: 'accepted', code: 'proof.ok' } : { actual: 'rejected', code: 'signature.raw' };
}

/** Null where the curve is none that is known here. */
function keyOf({
  crv = '',
  x,
  y,
  x_hex,
  y_hex,
}: NonNullable<Example['input']['sign0']>['key']): CoseKey | null {
  const curve = CURVES[crv];
  if (curve === undefined) return null;
  const bytes = (text?: string, hex?: string) =>
    hex === undefined ? Buffer.from(text ?? '', 'base64url') : Buffer.from(hex, 'hex');
  return { curve, publicKey: Buffer.concat([bytes(x, x_hex), bytes(y, y_hex)]), algorithm: null };
}
