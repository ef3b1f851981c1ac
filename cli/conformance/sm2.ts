/** Suite `sm2`: SM2 signatures, SM3 digests and SM2 certificates, as the files of Botan and a JSON file of others have them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sm2KeyOf } from '../../platform/sm2.ts';
import type { Certificate } from '../../workers/certificates/certificate.ts';
import { parseCertificate } from '../../workers/certificates/parse.ts';
import { holds, signedBy } from '../../workers/certificates/signature-check.ts';
import { fromHex, toHex } from '../../workers/codecs/hex.ts';
import { chooseEngine } from '../../workers/engine/choose.ts';
import { sm3 } from '../../workers/engine/sm2-digest.ts';
import { hexForm } from '../../workers/families/byte-form.ts';
import { sm2Signature } from '../../workers/families/sm2-signature/family.ts';
import { Prover } from '../../workers/prove.ts';
import { UnusableError } from '../unusable.ts';
import { filesOf, readJsonFile } from './folder.ts';
import type { ConformanceCase, Suite } from './suite.ts';

interface JsonVectors {
  readonly signatures: readonly {
    readonly name: string;
    readonly curve: string;
    readonly X: string;
    readonly Y: string;
    readonly idUtf8: string;
    readonly msgUtf8: string;
    readonly r: string;
    readonly s: string;
  }[];
  readonly sm3: readonly {
    readonly msgHex: string | null;
    readonly repeat: readonly [string, number] | null;
    readonly digest: string;
  }[];
  readonly certificates: { readonly verified: readonly (readonly [string, string])[] };
}

/** One signature, as `onecard verify` takes it. */
interface Bare {
  readonly signatureHex: string;
  readonly context: Readonly<Record<string, string>>;
}

const STANDARD_CURVE = 'sm2p256v1';
const STANDARD_OID = '1.2.156.10197.1.301';
const HASHES: Readonly<Record<string, string>> = { SM3: 'sm3', 'SHA-256': 'sha256', Raw: 'raw' };
const utf8Hex = (text: string) => toHex(Buffer.from(text, 'utf8'));

export const sm2Suite: Suite = {
  name: 'sm2',
  about: 'SM2 and SM3: files *.vec of Botan, sm2_vectors.json, and certificates *.der.hex',
  *run(folder) {
    for (const name of filesOf(folder, '.vec')) yield* vectorFile(folder, name);
    for (const name of filesOf(folder, '.json')) yield* jsonFile(folder, name);
  },
};

/** A file holds digests (`Out`) or signatures (`Signature`). */
function* vectorFile(folder: string, name: string): Generator<ConformanceCase> {
  const digests = blocks(folder, name, 'Out');
  for (const [i, { In = '', Out = '' }] of digests.entries())
    yield { name: `${name}#${i + 1}`, expected: 'accepted', ...digestResult(fromHex(In), Out) };
  for (const [i, block] of blocks(folder, name, 'Signature').entries()) {
    const isStandard = block['Oid'] === STANDARD_OID;
    const x = BigInt(block['x'] ?? '0');
    const context = {
      curve: isStandard ? STANDARD_CURVE : (block['Oid'] ?? ''),
      // Of another curve the key is never looked at.
      publicKeyHex: isStandard ? toHex(sm2KeyOf(x).publicKey) : '00'.repeat(64),
      hash: HASHES[block['Hash'] ?? ''] ?? '',
      messageHex: block['Msg'] ?? '',
      idHex: utf8Hex(block['Ident'] ?? ''),
    };
    const bare = { signatureHex: block['Signature'] ?? '', context };
    yield { name: `${name}#${i + 1}`, expected: 'accepted', ...signatureResult(bare) };
  }
}

function* jsonFile(folder: string, name: string): Generator<ConformanceCase> {
  const { signatures, sm3: digests, certificates } = readJsonFile(folder, name) as JsonVectors;
  for (const each of signatures) {
    const context = {
      curve: each.curve,
      publicKeyHex: each.X + each.Y,
      hash: 'sm3',
      messageHex: utf8Hex(each.msgUtf8),
      idHex: utf8Hex(each.idUtf8),
    };
    const bare = { signatureHex: each.r + each.s, context };
    yield { name: `${name}: ${each.name}`, expected: 'accepted', ...signatureResult(bare) };
  }
  for (const [i, { msgHex, repeat, digest }] of digests.entries()) {
    const message = msgHex ?? repeat?.[0].repeat(repeat[1]) ?? '';
    yield { name: `${name}: SM3 ${i + 1}`, expected: 'accepted', ...digestResult(fromHex(message), digest) };
  }
  yield* certificateCases(folder, certificates.verified);
}

/** Each certificate under each that is here: those pairs hold that are listed, and no other. */
function* certificateCases(
  folder: string,
  verified: readonly (readonly [string, string])[],
): Generator<ConformanceCase> {
  const { engine } = chooseEngine();
  const ending = '.der.hex';
  const read = new Map(
    filesOf(folder, ending).map((name) => [name.slice(0, -ending.length), text(folder, name)]),
  );
  const isListed = (child: string, parent: string) => verified.some(([a, b]) => a === child && b === parent);
  for (const [child, parent] of verified) {
    if (read.has(child) && read.has(parent)) continue;
    yield {
      name: `${child} by ${parent}`,
      expected: 'accepted',
      actual: 'unsupported',
      code: 'a certificate that is not here',
    };
  }
  const certificates = [...read].map(([name, hex]) => [name, parseCertificate(fromHex(hex.trim()))] as const);
  for (const [child, certificate] of certificates) {
    for (const [parent, issuer] of certificates) {
      const expected = isListed(child, parent) ? 'accepted' : 'rejected';
      const code = typeof certificate === 'string' ? certificate : typeof issuer === 'string' ? issuer : null;
      const isGood =
        code === null && holds(engine, signedBy(certificate as Certificate, (issuer as Certificate).key));
      yield {
        name: `${child} by ${parent}`,
        expected,
        actual: isGood ? 'accepted' : 'rejected',
        code: isGood ? 'proof.ok' : (code ?? 'signature.raw'),
      };
    }
  }
}

type Actual = Pick<ConformanceCase, 'actual' | 'code'>;

function digestResult(message: Uint8Array, digest: string): Actual {
  const isGood = toHex(sm3(message)) === digest.toLowerCase();
  return isGood ? { actual: 'accepted', code: 'proof.ok' } : { actual: 'rejected', code: 'another digest' };
}

let proving: { readonly prover: Prover; readonly revision: string } | null = null;

/** Through the family that `onecard verify` has for bare signatures. */
function signatureResult({ signatureHex, context }: Bare): Actual {
  if (proving === null) {
    const prover = new Prover(chooseEngine().engine, 0);
    proving = { prover, revision: prover.loadTrust({ anchors: [] }) };
  }
  const { prover, revision } = proving;
  const input = sm2Signature.read({ hex: signatureHex }, context, hexForm);
  const [verdict] = prover.prove([{ family: sm2Signature.name, input, atMs: 0 }], revision, false);
  const code = verdict?.code ?? 'proof.internal';
  if (code === 'credential.algorithm_unsupported') return { actual: 'unsupported', code: 'another curve' };
  return { actual: verdict?.ok === true ? 'accepted' : 'rejected', code };
}

function text(folder: string, name: string): string {
  const path = join(folder, name);
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UnusableError(`${path}: ${(error as Error).message}`);
  }
}

/** Blocks of `Name = value` lines; one ends with the line named `last`, and has what was said before it. */
function blocks(folder: string, name: string, last: string): Readonly<Record<string, string>>[] {
  const found: Readonly<Record<string, string>>[] = [];
  let fields: Readonly<Record<string, string>> = {};
  for (const [, key = '', value = ''] of text(folder, name).matchAll(/^(\w+) ?= ?(.*)$/gm)) {
    fields = { ...fields, [key]: value.trim() };
    if (key === last) found.push(fields);
  }
  return found;
}
