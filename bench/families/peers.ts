/** The same presentations by what verifies them elsewhere, in a process of its own with its own packages. */
import { spawn, spawnSync } from 'node:child_process';
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
const PACKAGES = ['@owf/mdoc', '@auth0/mdl', '@sd-jwt/sd-jwt-vc', 'base45', 'cbor-x'];

/** `npm ci` in the peers' folder, unless it was done. Throws Error with npm's words when that fails. */
export function installPeers(): void {
  if (existsSync(join(FOLDER, 'node_modules', PACKAGES[0] ?? ''))) return;
  const { status, stderr } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: FOLDER,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`npm ci in bench/peers/families ended with status ${status}\n${stderr}`);
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
    items: shown.first.slice(0, ITEMS).map((item, i) => peerItem(shown.lines[i], item.input)),
  };
  const child = spawn(process.execPath, [join(FOLDER, 'rate.ts')], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(order));
  let said = '';
  for await (const chunk of child.stdout) said += String(chunk);
  return JSON.parse(said) as PeerRate[];
}

function peerItem(line: ShownLine | undefined, input: unknown): PeerItem {
  const { base64, text } = (line?.credential ?? {}) as { readonly base64?: string; readonly text?: string };
  const { nonce } = (line?.context ?? {}) as { readonly nonce?: string };
  const { handover = null, transcript = null } = input as Partial<MdocInput>;
  const bytes = transcript ?? (handover === null ? null : transcriptOf(handover));
  return {
    ...(base64 !== undefined && { credentialBase64: base64 }),
    ...(text !== undefined && { text }),
    ...(nonce !== undefined && { nonce }),
    ...(bytes !== null && { transcriptBase64: Buffer.from(bytes).toString('base64') }),
  };
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
