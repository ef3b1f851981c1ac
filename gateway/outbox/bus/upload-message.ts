/** What an upload is on the bus: its subject, its name, and the digest by which its answer is known. */

import type { CryptoProfile } from '../../../config/crypto-settings.ts';
import { digestOf } from '../../../crypto/digest.ts';
import { type NamedDigest, namedDigest } from '../../../crypto/named-digest.ts';
import { algorithmFor } from '../../../crypto/uses.ts';
import type { BusNames, ReportKind } from '../../cluster/bus/subjects.ts';
import type { UploadRequest } from '../upload-route.ts';

/** By the path of the same upload over HTTP (docs/platform.md). */
const REPORTS: ReadonlyMap<string, ReportKind> = new Map<string, ReportKind>([
  ['/v1/journal/epochs', 'epochs'],
  ['/v1/journal/checkpoints', 'checkpoints'],
  ['/v1/rejudgements', 'rejudgements'],
  ['/v1/rejudgements/unjudged', 'unjudged'],
]);
const RECORDS_PATH = '/v1/journal';

export interface MessageSetting {
  readonly names: Pick<BusNames, 'journal' | 'report'>;
  readonly gatewayId: string;
  readonly profile: CryptoProfile;
}

export interface UploadMessage {
  readonly subject: string;
  readonly body: Uint8Array;
  /** Over its subject, a line feed and its body, base64url. */
  readonly digest: NamedDigest;
  /** The same for the same content, and for no other (Nats-Msg-Id). */
  readonly name: string;
}

/** Null: this goes over HTTP only. */
export function uploadMessage(
  { names, gatewayId, profile }: MessageSetting,
  { path, body, packed, name }: UploadRequest,
): UploadMessage | null {
  const kind = REPORTS.get(path);
  if (kind === undefined && path !== RECORDS_PATH) return null;
  const subject = kind === undefined ? names.journal(gatewayId) : names.report(gatewayId, kind);
  const content = packed ?? Buffer.from(JSON.stringify(body));
  const digest = uploadDigest(profile, subject, content);
  return { subject, body: content, digest, name: `${name ?? `${gatewayId}:${kind}`}:${digest}` };
}

function uploadDigest(profile: CryptoProfile, subject: string, body: Uint8Array): NamedDigest {
  const content = Buffer.concat([Buffer.from(`${subject}\n`), body]);
  return namedDigest(profile, digestOf(algorithmFor('upload-digest', profile), content), 'base64url');
}
