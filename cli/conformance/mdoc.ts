/**
 * Suite `mdoc`: mobile documents of real wallets, a folder each, with what they were shown for in `parameters.json`; and the examples
 * of ISO/IEC 18013-5 Annex D, in files of hex whose names share what comes before `device_response.hex`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseCertificate } from '../../workers/certificates/parse.ts';
import { readPemCertificate } from '../../workers/certificates/pem.ts';
import { chooseEngine } from '../../workers/engine/choose.ts';
import { hexForm } from '../../workers/families/byte-form.ts';
import { mdoc } from '../../workers/families/mdoc/family.ts';
import { HANDOVER_TYPES, type HandoverType } from '../../workers/families/mdoc/input.ts';
import { Prover } from '../../workers/prove.ts';
import { TrustError } from '../../workers/trust/error.ts';
import { UnusableError } from '../unusable.ts';
import { filesOf, readJsonFile } from './folder.ts';
import type { ConformanceCase, Suite } from './suite.ts';

const REMEMBERED_BYTES = 1_048_576;
const DAY_MS = 86_400_000;
const RESPONSE_ENDING = 'device_response.hex';

/** What the software that the data comes from calls the handovers. */
const HANDOVERS: Readonly<Record<string, HandoverType>> = {
  forOid4Vp: 'openid4vp-1.0',
  forOid4VpDcApi: 'openid4vp-1.0-dc-api',
  forOid4VpDcApiDraft24: 'dc-api-draft-24',
  forOid4VpDraft18: 'openid4vp-draft-18',
  forIso180137AnnexC: 'annex-c',
};

interface Parameters {
  readonly handover: string;
  /** A day or an instant. */
  readonly now: string;
  /** `verifies`, or anything else for what must be refused. */
  readonly expected: string;
  readonly [field: string]: unknown;
}

interface Presentation {
  readonly response: Buffer;
  readonly context: Record<string, unknown>;
  readonly anchors: readonly unknown[];
  readonly atMs: number;
}

export const mdocSuite: Suite = {
  name: 'mdoc',
  about: 'parameters.json with a folder for each of its names, and annex-d/…device_response.hex',
  *run(folder) {
    const parameters = readJsonFile(folder, 'parameters.json') as Readonly<Record<string, Parameters>>;
    for (const name of foldersOf(folder)) {
      const inside = join(folder, name);
      const wallet = parameters[name];
      if (wallet !== undefined) {
        const expected = wallet.expected === 'verifies' ? 'accepted' : 'rejected';
        yield { name, expected, ...prove(readWallet(inside, wallet)) };
        continue;
      }
      for (const file of filesOf(inside, RESPONSE_ENDING)) {
        const prefix = file.slice(0, -RESPONSE_ENDING.length);
        yield { name: `${name}/${file}`, expected: 'accepted', ...prove(annexExample(inside, prefix)) };
      }
    }
  },
};

function foldersOf(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

type Actual = Pick<ConformanceCase, 'actual' | 'code'>;

function prove({ response, context, anchors, atMs }: Presentation): Actual {
  const prover = new Prover(chooseEngine().engine, REMEMBERED_BYTES);
  const revision = prover.loadTrust({ anchors });
  const input = mdoc.read({ base64: response.toString('base64') }, context, hexForm);
  const [verdict] = prover.prove([{ family: mdoc.name, input, atMs }], revision, false);
  if (verdict === undefined) throw new Error('one verdict an item expected');
  return { actual: verdict.ok ? 'accepted' : 'rejected', code: verdict.code };
}

function readWallet(folder: string, parameters: Parameters): Presentation {
  const atMs = Date.parse(parameters.now);
  if (Number.isNaN(atMs)) throw new UnusableError(`${folder}: no moment: ${parameters.now}`);
  const text = (field: string): string | undefined => {
    const value = parameters[field];
    if (typeof value !== 'string') return undefined;
    // A field may be made with another one.
    return value.replace(/\$\{(\w+)\}/g, (_whole, name: string) => String(parameters[name]));
  };
  const handover = {
    type: handoverType(parameters.handover),
    clientId: text('clientId'),
    nonce: text('verifierGeneratedNonce') ?? text('nonce'),
    mdocGeneratedNonce: text('mdocGeneratedNonce'),
    responseUri: text('responseUri'),
    origin: text('origin'),
    jwkThumbprintHex: text('jwkThumbprintHex'),
    encryptionInfoBase64Url: text('encryptionInfoBase64Url'),
  };
  return {
    response: readFile(folder, 'deviceResponse.cbor'),
    context: { handover },
    anchors: filesOf(folder, '.pem').flatMap((name) => anchorOf(readFile(folder, name).toString('utf8'))),
    atMs,
  };
}

function handoverType(name: string): HandoverType {
  const known = HANDOVERS[name] ?? HANDOVER_TYPES.find((type) => type === name);
  if (known === undefined) throw new UnusableError(`no such handover: ${name}`);
  return known;
}

/** What is no authority is trusted itself; none where it could be neither. */
function anchorOf(certificatePem: string): unknown[] {
  const der = readPemCertificate(certificatePem);
  const certificate = der === null ? null : parseCertificate(der);
  if (certificate === null || typeof certificate === 'string') return [];
  const isAuthority = certificate.extensions.basicConstraints?.ca === true;
  const anchor = { family: mdoc.name, certificatePem, ...(!isAuthority && { pinned: 'document-signer' }) };
  return isUsable(anchor) ? [anchor] : [];
}

function isUsable(anchor: unknown): boolean {
  try {
    new Prover(chooseEngine().engine, REMEMBERED_BYTES).loadTrust({ anchors: [anchor] });
    return true;
  } catch (error) {
    if (error instanceof TrustError) return false;
    throw error;
  }
}

/** Judged a day after the document signer's certificate begins, which the document is as old as. */
function annexExample(folder: string, prefix: string): Presentation {
  const hex = (name: string) => Buffer.from(readFile(folder, name).toString('utf8').trim(), 'hex');
  const [root = ''] = filesOf(folder, 'iaca_root_cert.hex');
  const reader = `${prefix}ephemeral_reader_key_`;
  const coordinate = (part: string) => hex(`${reader}${part}.hex`).toString('base64url');
  const signer = parseCertificate(hex(`${prefix}ds_cert.hex`));
  if (typeof signer === 'string') throw new UnusableError(`${prefix}ds_cert.hex: ${signer}`);
  const jwk = { kty: 'EC', crv: 'P-256', x: coordinate('x'), y: coordinate('y'), d: coordinate('d') };
  return {
    response: hex(`${prefix}${RESPONSE_ENDING}`),
    context: {
      sessionTranscriptBase64: hex(`${prefix}session_transcript_bytes.hex`).toString('base64'),
      readerPrivateJwk: jwk,
    },
    anchors: [{ family: mdoc.name, certificatePem: pemOf(hex(root)) }],
    atMs: signer.notBeforeMs + DAY_MS,
  };
}

function pemOf(der: Buffer): string {
  return `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`;
}

function readFile(folder: string, name: string): Buffer {
  try {
    return readFileSync(join(folder, name));
  } catch (error) {
    throw new UnusableError((error as Error).message);
  }
}
