/** The device's part of a document: what it says itself, and that it holds the key that the issuer named. */
import { readCbor } from '../../codecs/cbor-reader.ts';
import { CborTape, MAP, TEXT } from '../../codecs/cbor-tape.ts';
import { coseAlgorithm } from '../../cose/algorithms.ts';
import { type Sign1, sign1At } from '../../cose/sign1.ts';
import type { CheckList } from '../check-list.ts';
import { addSignature } from './cose-signature.ts';
import { deviceAuthentication, macBytes, verifyMac } from './device-auth.ts';
import type { ReaderPrivateKey } from './input.ts';
import { COSE_PROFILE } from './issuer.ts';
import { type MobileSecurityObject, mayDeviceSign } from './mobile-security-object.ts';
import { MDOC_CBOR, type ShownDocument, TAG_ENCODED_CBOR } from './response.ts';

export interface Session {
  readonly transcript: Uint8Array;
  readonly readerKey: ReaderPrivateKey | null;
}

/** What the issuer signed, and where it was read. */
interface Signed {
  readonly tape: CborTape;
  readonly mso: MobileSecurityObject;
}

interface DeviceCheck {
  readonly list: CheckList;
  /** Whether this device was proven before, and may come again. */
  readonly repeats: boolean;
}

/** HMAC 256/256, RFC 9053 clause 3.1: the only one (clause 9.1.3.5). */
const HMAC_256_256 = 5;
/** Each is looked for among those that the issuer allows, before anything is known to be signed. */
const DEVICE_ELEMENTS_MAX = 64;
const own = new CborTape();

/** False when a check failed. The signature or the MAC is on the list otherwise. */
export function checkDevice(
  shown: CborTape,
  document: ShownDocument,
  signed: Signed,
  session: Session,
  { list, repeats }: DeviceCheck,
): boolean {
  if (!checkDeviceNameSpaces(shown, document.deviceNameSpaces, signed, list)) return false;
  const isMac = document.deviceMac >= 0;
  const at = isMac ? document.deviceMac : document.deviceSignature;
  // COSE_Mac0 is laid out as COSE_Sign1 is, with the tag in the signature's place (RFC 9052 clause 6.2).
  const cose = sign1At(shown, at, COSE_PROFILE);
  if (!list.judge('device_auth.form', typeof cose === 'string' ? cose : null) || typeof cose === 'string')
    return false;
  if (!list.require('device_auth.payload', 'credential.malformed', cose.payload === null)) return false;
  const payload = deviceAuthentication(
    session.transcript,
    shown.whole(document.docType),
    shown.whole(document.deviceNameSpaces),
  );
  if (isMac) return addMac(cose, signed.mso, session, payload, list);
  const algorithm = coseAlgorithm(cose.algorithm);
  if (!list.require('device_auth.algorithm', 'credential.algorithm_unsupported', algorithm !== undefined))
    return false;
  if (algorithm === undefined) return false;
  const key = signed.mso.deviceKey;
  return addSignature(
    list,
    { check: 'device_auth', code: 'signature.device' },
    { sign1: cose, key, algorithm, payload, keyRepeats: repeats },
  );
}

/** Elements that the device signs: only those that the issuer lets it sign, so that none is taken for the issuer's. */
function checkDeviceNameSpaces(shown: CborTape, at: number, { tape, mso }: Signed, list: CheckList): boolean {
  const wrapped = shown.tagged(at, TAG_ENCODED_CBOR);
  const fault = readCbor(own, shown.bytes, MDOC_CBOR, shown.contents[wrapped], shown.ends[wrapped]);
  if (!list.judge('device_name_spaces.encoding', fault)) return false;
  if (!list.require('device_name_spaces.form', 'credential.malformed', own.is(0, MAP))) return false;
  if (own.sizes[0] === 0) return true;
  let elements = 0;
  for (let space = 1; space < own.length; space = own.nexts[space + 1] as number) {
    const isForm = own.majors[space] === TEXT && own.is(space + 1, MAP);
    if (!list.require('device_name_spaces.form', 'credential.malformed', isForm)) return false;
    elements += own.sizes[space + 1] as number;
    const isFew = elements <= DEVICE_ELEMENTS_MAX;
    if (!list.require('device_name_spaces.count', 'credential.too_many_items', isFew)) return false;
    const end = own.nexts[space + 1] as number;
    for (let element = space + 2; element < end; element = own.nexts[element + 1] as number) {
      const may =
        own.majors[element] === TEXT &&
        mayDeviceSign(tape, mso.keyAuthorizations, contentOf(space), contentOf(element));
      if (!list.require('device_name_spaces.authorised', 'credential.device_data_not_authorised', may))
        return false;
    }
  }
  return true;
}

function contentOf(at: number): Uint8Array {
  return own.bytes.subarray(own.contents[at], own.ends[at]);
}

function addMac(
  cose: Sign1,
  { deviceKey }: MobileSecurityObject,
  { readerKey, transcript }: Session,
  payload: Uint8Array,
  list: CheckList,
): boolean {
  if (
    !list.require(
      'device_auth.algorithm',
      'credential.algorithm_unsupported',
      cose.algorithm === HMAC_256_256,
    )
  )
    return false;
  if (!list.require('device_auth.reader_key', 'credential.data_missing', readerKey !== null) || !readerKey)
    return false;
  const isFor = deviceKey.curve !== 'ed25519';
  if (!list.require('device_auth.key_algorithm', 'key.algorithm_mismatch', isFor)) return false;
  // Put together now: it lies in memory that is written again before this is verified.
  const message = Uint8Array.from(macBytes(cose.protectedBytes, payload));
  const sessionTranscript = Uint8Array.from(transcript);
  const tag = cose.signature;
  list.verifySlowly('device_auth.mac', 'signature.device_mac', {
    algorithm: 'mac',
    verify: () => verifyMac(deviceKey, readerKey, sessionTranscript, message, tag),
  });
  return true;
}
