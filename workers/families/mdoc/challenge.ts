/** Where a challenge of the gateway is in what the reader asked the wallet for. */
import { base64urlBytes } from '../../codecs/base64url.ts';
import { readCbor } from '../../codecs/cbor-reader.ts';
import { CborTape, cborKey } from '../../codecs/cbor-tape.ts';
import { challengeIn } from '../challenge-text.ts';
import type { MdocInput } from './input.ts';
import { MDOC_CBOR } from './response.ts';
import { signs } from './transcript.ts';

const ENCRYPTION_INFO_CHARACTERS_MAX = 2_048;
const NONCE = cborKey('nonce');
const tape = new CborTape();

/**
 * The nonce of OpenID4VP, or that of EncryptionInfo (ISO/IEC TS 18013-7:2025 Annex C). Null where there is none, as nearby: the
 * session's keys are the reader's own there; and where the reader gives a transcript that it made itself. Never throws.
 */
export function challengeOf({ handover }: MdocInput): Uint8Array | null {
  if (handover === null) return null;
  if (signs(handover.type, 'nonce')) return challengeIn(handover.nonce ?? null);
  if (!signs(handover.type, 'encryptionInfo')) return null;
  const { encryptionInfo = '' } = handover;
  const bytes =
    encryptionInfo.length > ENCRYPTION_INFO_CHARACTERS_MAX ? null : base64urlBytes(encryptionInfo);
  // ["dcapi", {"nonce": bstr, …}]
  if (bytes === null || readCbor(tape, bytes, MDOC_CBOR) !== null) return null;
  const nonce = tape.byteString(tape.valueOf(2, NONCE));
  return nonce === null ? null : Uint8Array.from(nonce);
}
