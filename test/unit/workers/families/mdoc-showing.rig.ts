/** Issues and shows mobile documents with every step open to change. Keys and names are of these tests alone. */
import { makeMdocAuthority } from '../../../../platform/authority/mdoc.ts';
import { cbor } from '../../../../platform/cbor.ts';
import { pem } from '../../../../platform/der.ts';
import {
  deviceResponse,
  type Element,
  type IssueOptions,
  issueMobileDocument,
  type ShowOptions,
  showDocument,
} from '../../../../platform/issue/mdoc.ts';
import { privateJwk } from '../../../../platform/issue/mdoc-transcript.ts';
import { p256Key } from '../../../../platform/p256.ts';
import { seeded } from '../../../../platform/seed.ts';
import type { Shown } from './negatives.rig.ts';

export const YEAR = 2026;
export const NOW_MS = Date.UTC(YEAR, 5, 15, 12);
export const DAY_MS = 86_400_000;
export const SPACE = 'org.iso.18013.5.1';
export const DOC_TYPE = 'org.iso.18013.5.1.mDL';

export const authority = makeMdocAuthority('mdoc negatives', 'cq', YEAR);
export const otherAuthority = makeMdocAuthority('mdoc negatives', 'elsewhere', YEAR);
export const key = (label: string) => p256Key(seeded('mdoc negatives', label, 0, 40));
export const deviceKey = key('device');
export const readerKey = key('reader');

export const trust = {
  anchors: [{ family: 'mdoc', region: 'cq', certificatePem: pem(authority.authorityCertificate) }],
};

export const ELEMENTS: readonly Element[] = [
  ['family_name', 'Wang'],
  ['given_name', 'Wei'],
  ['document_number', 'M1'],
  ['issuing_country', 'CN'],
  ['age_over_18', true],
].map(([identifier, value]) => ({ nameSpace: SPACE, identifier: String(identifier), value }));

export const NONCE = 'exc7gBkxjx1rdc9udRrveKvSsJIq80avlXeLHhGwqtA';
export const TRANSCRIPT = cbor([null, null, ['a handover of these tests', NONCE]]);
export const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
export const SIGNED_MS = NOW_MS - 30 * DAY_MS;

export function issue(options: Partial<IssueOptions> = {}) {
  return issueMobileDocument({
    authority,
    docType: DOC_TYPE,
    elements: ELEMENTS,
    deviceKey,
    seed: 'mdoc negatives',
    index: 0,
    signedMs: SIGNED_MS,
    validFromMs: SIGNED_MS,
    validUntilMs: NOW_MS + 30 * DAY_MS,
    ...options,
  });
}

/** A document of a response. */
export function document(issued: Partial<IssueOptions> = {}, shown: Partial<ShowOptions> = {}) {
  return showDocument({ document: issue(issued), transcript: TRANSCRIPT, ...shown });
}

export interface Presented {
  readonly response: Uint8Array;
  readonly context?: Record<string, unknown>;
  readonly atMs?: number;
}

export const CONTEXT = { sessionTranscriptBase64: base64(TRANSCRIPT) };

export function presented({ response, context = CONTEXT, atMs = NOW_MS }: Presented): Shown {
  return { atMs, credential: { base64: base64(response) }, context };
}

/** One document in a response. */
export const shown = (
  issued: Partial<IssueOptions> = {},
  how: Partial<ShowOptions> = {},
  more: Partial<Presented> = {},
) => presented({ response: deviceResponse([document(issued, how)]), ...more });

/** The same with a device MAC, and the reader's private key. */
export const shownWithMac = (
  issued: Partial<IssueOptions> = {},
  how: Partial<ShowOptions> = {},
  context: Record<string, unknown> = { ...CONTEXT, readerPrivateJwk: privateJwk(readerKey) },
) => shown(issued, { readerKey: readerKey.publicKey, ...how }, { context });
