/**
 * SessionTranscript, what the device signs with its answer: ISO/IEC 18013-5 clause 9.1.5.1, and the handovers of ISO/IEC TS 18013-7
 * Annex B, OpenID for Verifiable Presentations (draft 18, draft 24, 1.0 Annex B.2.6) and ISO/IEC TS 18013-7:2025 Annex C.
 */
import type { CborProfile } from '../../codecs/cbor-profile.ts';
import { readCbor } from '../../codecs/cbor-reader.ts';
import { ARRAY, CborTape } from '../../codecs/cbor-tape.ts';
import { CborWriter } from '../../codecs/cbor-writer.ts';
import { shortDigest } from '../../short-digest.ts';
import type { Handover, HandoverType } from './input.ts';

const outer = new CborWriter();
const inner = new CborWriter();
const tape = new CborTape();
const NO_BYTES = new Uint8Array();
const TAG_ENCODED_CBOR = 24;
const TRANSCRIPT_PROFILE: CborProfile = { longHeads: true, floats: true, dates: true, tags: null };

/** What each type is made of. */
const FIELDS: Readonly<Record<HandoverType, readonly (keyof Handover)[]>> = {
  'openid4vp-1.0': ['clientId', 'nonce', 'responseUri'],
  'openid4vp-1.0-dc-api': ['origin', 'nonce'],
  'openid4vp-draft-18': ['clientId', 'mdocGeneratedNonce', 'responseUri', 'nonce'],
  'dc-api-draft-24': ['origin', 'clientId', 'nonce'],
  'annex-c': ['encryptionInfo', 'origin'],
  'proximity-qr': ['deviceEngagement', 'readerKey'],
  'proximity-nfc': ['deviceEngagement', 'readerKey', 'handoverSelect'],
};

/** The first field that the type needs and that is not there; null: all are. */
export function missingField(handover: Handover): keyof Handover | null {
  return FIELDS[handover.type].find((name) => handover[name] === undefined) ?? null;
}

/** Whether a handover of that type signs the field: what else a context says of it proves nothing. */
export function signs(type: HandoverType, field: keyof Handover): boolean {
  return FIELDS[type].includes(field);
}

/** The transcript's bytes: a view that is good until the next call. Of fields that are missing it takes nothing. */
export function transcriptOf(handover: Handover): Uint8Array {
  const { type, clientId = '', nonce = '', responseUri = '', origin = '' } = handover;
  const thumbprint = handover.jwkThumbprint ?? null;
  inner.reset();
  switch (type) {
    case 'openid4vp-1.0':
      inner.array(4).text(clientId).text(nonce).byteStringOrNull(thumbprint).text(responseUri);
      return labelled('OpenID4VPHandover');
    case 'openid4vp-1.0-dc-api':
      inner.array(3).text(origin).text(nonce).byteStringOrNull(thumbprint);
      return labelled('OpenID4VPDCAPIHandover');
    case 'dc-api-draft-24':
      inner.array(3).text(origin).text(clientId).text(nonce);
      return labelled('OpenID4VPDCAPIHandover');
    case 'annex-c':
      inner
        .array(2)
        .text(handover.encryptionInfo ?? '')
        .text(origin);
      return labelled('dcapi');
    case 'openid4vp-draft-18': {
      const client = hashedWith(clientId, handover);
      const response = hashedWith(responseUri, handover);
      return remote().array(3).byteString(client).byteString(response).text(nonce).written();
    }
    case 'proximity-qr':
      return proximity(handover).nothing().written();
    case 'proximity-nfc':
      return proximity(handover)
        .array(2)
        .byteString(handover.handoverSelect ?? NO_BYTES)
        .byteStringOrNull(handover.handoverRequest ?? null)
        .written();
  }
}

function hashedWith(text: string, { mdocGeneratedNonce = '' }: Handover): Uint8Array {
  return shortDigest(inner.reset().array(2).text(text).text(mdocGeneratedNonce).written());
}

/** No engagement, no reader's key: what follows is the handover. */
function remote(): CborWriter {
  return outer.reset().array(3).nothing().nothing();
}

/** Of what `inner` holds. */
function labelled(label: string): Uint8Array {
  const digest = shortDigest(inner.written());
  return remote().array(2).text(label).byteString(digest).written();
}

function proximity({ deviceEngagement = NO_BYTES, readerKey = NO_BYTES }: Handover): CborWriter {
  return outer
    .reset()
    .array(3)
    .tag(TAG_ENCODED_CBOR)
    .byteString(deviceEngagement)
    .tag(TAG_ENCODED_CBOR)
    .byteString(readerKey);
}

/**
 * A transcript that the reader made itself, or SessionTranscriptBytes, which wraps one in tag 24: its bytes, or null where it is
 * neither.
 */
export function givenTranscript(bytes: Uint8Array): Uint8Array | null {
  if (readCbor(tape, bytes, TRANSCRIPT_PROFILE) !== null) return null;
  const wrapped = tape.byteString(tape.tagged(0, TAG_ENCODED_CBOR));
  if (wrapped === null) return isTranscript() ? bytes : null;
  return readCbor(tape, wrapped, TRANSCRIPT_PROFILE) === null && isTranscript() ? wrapped : null;
}

function isTranscript(): boolean {
  return tape.is(0, ARRAY) && tape.sizes[0] === 3;
}
