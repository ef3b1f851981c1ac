/** The same presentations by what verifies them elsewhere, in a process of its own with its own packages. */
import { spawn, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MdocInput } from '../../workers/families/mdoc/input.ts';
import { transcriptOf } from '../../workers/families/mdoc/transcript.ts';
import type { Order, PeerItem } from '../peers/families/peer.ts';
import type { Shown, ShownLine } from './shown.ts';

export interface PeerRate {
  readonly peer: string;
  /** Presentations a second on one thread; null where it refuses them. */
  readonly perS: number | null;
  /** In its words. */
  readonly refused?: string;
}

const FOLDER = join(import.meta.dirname, '../peers/families');
const ITEMS = 256;
const INSTALL = ['install', '--no-save', '--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund'];
const PACKAGES = ['@owf/mdoc', '@auth0/mdl', '@sd-jwt/sd-jwt-vc', 'base45', 'cbor-x'];

/**
 * `npm install` in the peers' folder, unless it was done: `npm ci` wants builds of an optional package in the lock file that no registry
 * lists. Throws Error with npm's words when that fails.
 */
export function installPeers(): void {
  if (existsSync(join(FOLDER, 'node_modules', PACKAGES[0] ?? ''))) return;
  const { status, stderr } = spawnSync('npm', INSTALL, {
    cwd: FOLDER,
    encoding: 'utf8',
  });
  if (status !== 0)
    throw new Error(`npm install in bench/peers/families ended with status ${status}\n${stderr}`);
}

export function peerVersions(): Readonly<Record<string, string>> {
  const version = (name: string) =>
    (
      JSON.parse(readFileSync(join(FOLDER, 'node_modules', name, 'package.json'), 'utf8')) as {
        version: string;
      }
    ).version;
  return Object.fromEntries(PACKAGES.map((name) => [name, version(name)]));
}

/** Empty where the family has no peer. */
export async function ratePeers(shown: Shown, seconds: number): Promise<readonly PeerRate[]> {
  const order: Order = {
    family: shown.family,
    atMs: shown.first[0]?.atMs ?? 0,
    seconds,
    certificatesPem: certificatesOf(shown.trust, shown.family),
    issuers: issuersOf(shown.trust, shown.family),
    items: shown.first.flatMap((item, i) => peerItems(shown.lines[i], item.input)).slice(0, ITEMS),
  };
  const child = spawn(process.execPath, [join(FOLDER, 'rate.ts')], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(order));
  let said = '';
  for await (const chunk of child.stdout) said += String(chunk);
  return JSON.parse(said) as PeerRate[];
}

/** None of a presentation that a reader's key has a part in: a peer is measured on signatures. */
function peerItems(line: ShownLine | undefined, input: unknown): PeerItem[] {
  const { base64, text, certificatesBase64, signatureHex } = (line?.credential ?? {}) as Shape;
  const { nonce, readerPrivateJwk, challengeHex } = (line?.context ?? {}) as Shape;
  if (readerPrivateJwk !== undefined || (certificatesBase64 && !isP256(certificatesBase64))) return [];
  const { handover = null, transcript = null } = input as Partial<MdocInput>;
  const bytes = transcript ?? (handover === null ? null : transcriptOf(handover));
  return [
    {
      ...(base64 !== undefined && { credentialBase64: base64 }),
      ...(text !== undefined && { text }),
      ...(nonce !== undefined && { nonce }),
      ...(certificatesBase64 !== undefined && { certificatesBase64 }),
      ...(signatureHex !== undefined && { signatureHex }),
      ...(challengeHex !== undefined && { challengeHex }),
      ...(bytes !== null && { transcriptBase64: embedded(bytes).toString('base64') }),
    },
  ];
}

/** What credentials and contexts have that a peer is given. */
interface Shape {
  readonly base64?: string;
  readonly text?: string;
  readonly certificatesBase64?: readonly string[];
  readonly signatureHex?: string;
  readonly nonce?: string;
  readonly readerPrivateJwk?: object;
  readonly challengeHex?: string;
}

/** OpenSSL cannot verify SM2 with the distinguishing ID of a certificate. */
function isP256([leaf = '']: readonly string[]): boolean {
  const { asymmetricKeyDetails } = new X509Certificate(Buffer.from(leaf, 'base64')).publicKey;
  return asymmetricKeyDetails?.namedCurve === 'prime256v1';
}

/** #6.24(bstr .cbor SessionTranscript), as the peers take it (ISO/IEC 18013-5, 9.1.5.1). */
function embedded(transcript: Uint8Array): Buffer {
  const { length } = transcript;
  const head =
    length < 24 ? [0x40 | length] : length < 256 ? [0x58, length] : [0x59, length >> 8, length & 0xff];
  return Buffer.from([0xd8, 0x18, ...head, ...transcript]);
}

/** Of the family's anchors that are keys. */
function issuersOf(trust: unknown, family: string): Order['issuers'] {
  const { anchors } = trust as {
    readonly anchors: readonly Partial<Order['issuers'][number] & { family: string }>[];
  };
  return anchors.flatMap(({ family: of, issuer, jwk }) =>
    of === family && issuer !== undefined && jwk !== undefined ? [{ issuer, jwk }] : [],
  );
}

/** Of the family's anchors that are certificates. */
function certificatesOf(trust: unknown, family: string): string[] {
  const { anchors } = trust as { readonly anchors: readonly Readonly<Record<string, unknown>>[] };
  return anchors
    .filter((anchor) => anchor['family'] === family)
    .flatMap(({ certificatePem, certificateBase64 }) => {
      if (typeof certificatePem === 'string') return [certificatePem];
      if (typeof certificateBase64 !== 'string') return [];
      return [`-----BEGIN CERTIFICATE-----\n${certificateBase64}\n-----END CERTIFICATE-----\n`];
    });
}
