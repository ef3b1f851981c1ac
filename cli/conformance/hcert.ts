/**
 * Suite `hcert`: test data of the European health certificates, a JSON file a case. Each case brings the certificate that is
 * trusted, and its clock; it is to be accepted when nothing it expects is false.
 */

import { base45Bytes } from '../../workers/codecs/base45.ts';
import { chooseEngine } from '../../workers/engine/choose.ts';
import { PREFIX } from '../../workers/families/hcert/envelope.ts';
import { Prover } from '../../workers/prove.ts';
import { TrustError } from '../../workers/trust/error.ts';
import { readJsonFile } from './folder.ts';
import type { ConformanceCase, Suite } from './suite.ts';

interface Indexed {
  readonly file: string;
}

interface Case {
  readonly PREFIX?: string;
  readonly TESTCTX: {
    readonly CERTIFICATE: string;
    readonly VALIDATIONCLOCK?: string;
  };
  readonly EXPECTEDRESULTS: Readonly<Record<string, boolean>>;
}

/** Instant, fraction of a second of any length, offset from UTC; UTC where there is none. */
const CLOCK = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(\.\d+)?(Z|[+-]\d{2}:?\d{2})?$/;
const REVISION = 'case';
const PICTURE = 'EXPECTEDPICTUREDECODE';
/** Of the schema: what it is not judged by here. */
const SCHEMA = 'EXPECTEDSCHEMAVALIDATION';
const SCHEMA_RULE = 'value-sets-are-not-judged';
const UNCOMPRESSED_RULE = 'uncompressed-is-refused';
/** First bytes of a COSE_Sign1: its tag, that of a CWT, or an array of four. */
const PLAIN_HEADS = [0xd2, 0xd8, 0x84];

export const hcertSuite: Suite = {
  name: 'hcert',
  about: 'European health certificates as in dgc-testdata: case-index.json and the files it names',
  *run(folder) {
    const { engine } = chooseEngine();
    for (const { file } of readJsonFile(folder, 'case-index.json') as readonly Indexed[]) {
      const { PREFIX: text, TESTCTX, EXPECTEDRESULTS } = readJsonFile(folder, file) as Case;
      const wrong = Object.keys(EXPECTEDRESULTS).filter((name) => EXPECTEDRESULTS[name] === false);
      const expected = wrong.length > 0 ? 'rejected' : 'accepted';
      const atMs = clockOf(TESTCTX.VALIDATIONCLOCK);
      // What is wrong with the picture alone shows before anything is presented.
      const isPicture = wrong.length > 0 && wrong.every((name) => name === PICTURE);
      if (text === undefined || atMs === null || isPicture) {
        const code = atMs === null ? 'no clock' : 'a picture';
        yield { name: file, expected, actual: 'unsupported', code };
        continue;
      }
      const prover = new Prover(engine, 0);
      const untrusted = trustFault(prover, TESTCTX.CERTIFICATE);
      if (untrusted !== null) {
        yield { name: file, expected, actual: 'unsupported', code: untrusted };
        continue;
      }
      const [verdict] = prover.prove([{ family: 'hcert', input: text, atMs }], REVISION, false);
      const code = verdict?.code ?? 'proof.internal';
      const actual = code === 'proof.ok' ? 'accepted' : 'rejected';
      yield withRule({ name: file, expected, actual, code }, wrong, text);
    }
  },
};

/** Why the certificate cannot be trusted, such as a key of another algorithm; null: it is. */
function trustFault(prover: Prover, certificate: string): string | null {
  const certificateBase64 = certificate.replace(/-----[A-Z ]+-----|\s/g, '');
  try {
    prover.loadTrust({ anchors: [{ family: 'hcert', certificateBase64 }] }, REVISION);
    return null;
  } catch (error) {
    if (!(error instanceof TrustError)) throw error;
    return error.message.replace(/\s+/g, ' ');
  }
}

/** Milliseconds since 1970; null where it is no instant. */
function clockOf(text = ''): number | null {
  const [, seconds, fraction = '', zone = 'Z'] = CLOCK.exec(text) ?? [];
  if (seconds === undefined) return null;
  const offset = zone === 'Z' || zone.includes(':') ? zone : `${zone.slice(0, 3)}:${zone.slice(3)}`;
  const atMs = Date.parse(`${seconds}${fraction.slice(0, 4)}${offset}`);
  return Number.isNaN(atMs) ? null : atMs;
}

/**
 * Good but for codes that are in no value set of its time; or refused because it is not compressed, which some of the published
 * cases want and others take.
 */
function withRule(each: ConformanceCase, wrong: readonly string[], text: string): ConformanceCase {
  if (each.actual === each.expected) return each;
  if (each.actual === 'accepted') {
    return wrong.every((name) => name === SCHEMA) ? { ...each, rule: SCHEMA_RULE } : each;
  }
  const isPlain = PLAIN_HEADS.includes(base45Bytes(text, PREFIX.length)?.[0] ?? -1);
  return isPlain && each.code === 'credential.compression' ? { ...each, rule: UNCOMPRESSED_RULE } : each;
}
