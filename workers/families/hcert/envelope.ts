/** The envelope of a health certificate: `HC1:`, Base45, zlib, CWT and COSE_Sign1 (EU DCC specification, volume 1; HCERT 1.0). */
import type { Code } from '../../../config/codes.ts';
import { base45Bytes } from '../../codecs/base45.ts';
import type { CborProfile } from '../../codecs/cbor-profile.ts';
import { readCbor } from '../../codecs/cbor-reader.ts';
import { CborTape } from '../../codecs/cbor-tape.ts';
import { inflateWhole } from '../../codecs/inflate.ts';
import { type Sign1, type Sign1Profile, sign1At, TAG_SIGN1 } from '../../cose/sign1.ts';

export const PREFIX = 'HC1:';
/** A QR code in alphanumeric mode has 4,296 characters at most; of 581 public ones none has 2,000. */
export const TEXT_CHARACTERS_MAX = 4_096;
/** Public codes have less than 1,500. A stranger's are read before their signature is verified, so what is never needed is not read. */
export const INFLATED_BYTES_MAX = 8_192;
/** RFC 8392 clause 6: stands before the tag of COSE_Sign1, where it stands. */
const TAG_CWT = 61;

const CBOR: CborProfile = {
  longHeads: true,
  floats: false,
  dates: false,
  tags: new Set([TAG_SIGN1, TAG_CWT]),
};
/**
 * Three of the public codes have no tag, and one names its algorithm where no signature covers it: it chooses nothing, since a
 * signer's key is for one algorithm.
 */
const UNTAGGED: Sign1Profile = { tag: 'optional', algorithmIn: 'either', cbor: CBOR };
const IN_CWT: Sign1Profile = { ...UNTAGGED, tag: 'required' };

const tape = new CborTape();

/** Never throws for any text. */
export function readEnvelope(text: string): Sign1 | Code {
  if (text.length > TEXT_CHARACTERS_MAX) return 'credential.oversized';
  if (!text.startsWith(PREFIX)) return 'credential.malformed';
  const compressed = base45Bytes(text, PREFIX.length);
  if (compressed === null) return 'credential.encoding';
  // Bytes that are not compressed, as two public codes have them, are no zlib and are refused with it.
  const bytes = inflateWhole(compressed, 'zlib', INFLATED_BYTES_MAX);
  if (typeof bytes === 'string') return bytes;
  const fault = readCbor(tape, bytes, CBOR);
  const inCwt = fault === null ? tape.tagged(0, TAG_CWT) : -1;
  const sign1 = fault ?? (inCwt < 0 ? sign1At(tape, 0, UNTAGGED) : sign1At(tape, inCwt, IN_CWT));
  tape.close();
  return sign1;
}
