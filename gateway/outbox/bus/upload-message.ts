/** What an upload is on the bus: its subject, its name, and the digest by which its answer is known. */
import { hash } from 'node:crypto';
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

export interface UploadMessage {
  readonly subject: string;
  readonly body: Uint8Array;
  /** SHA-256 over its subject, a line feed and its body, base64url. */
  readonly digest: string;
  /** The same for the same content, and for no other (Nats-Msg-Id). */
  readonly name: string;
}

/** Null: this goes over HTTP only. */
export function uploadMessage(
  names: Pick<BusNames, 'journal' | 'report'>,
  gatewayId: string,
  { path, body, packed, name }: UploadRequest,
): UploadMessage | null {
  const kind = REPORTS.get(path);
  if (kind === undefined && path !== RECORDS_PATH) return null;
  const subject = kind === undefined ? names.journal(gatewayId) : names.report(gatewayId, kind);
  const content = packed ?? Buffer.from(JSON.stringify(body));
  const digest = digestOf(subject, content);
  return { subject, body: content, digest, name: `${name ?? `${gatewayId}:${kind}`}:${digest}` };
}

function digestOf(subject: string, body: Uint8Array): string {
  return hash('sha256', Buffer.concat([Buffer.from(`${subject}\n`), body]), 'base64url');
}
