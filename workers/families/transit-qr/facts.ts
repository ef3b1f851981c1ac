/** What a proven ride code says. */
import { personalText } from '../../claims.ts';
import { toHex } from '../../codecs/hex.ts';
import { shortHex } from '../../codecs/short-hex.ts';
import type { ProofFacts } from '../../contract.ts';
import {
  ACCOUNT_TYPE_AT,
  authorisationExpiryMsOf,
  CERTIFICATE_SERIAL,
  ISSUER_CODE,
  LOCAL_VERSION,
  limitFenOf,
  PLATFORM_CODE,
  USER_ACCOUNT,
  validityMsOf,
} from './layout.ts';

/** JT/T 978.2 table A.1, byte 20. */
const ACCOUNT_TYPES: ReadonlyMap<number, string> = new Map([
  [0x00, 'normal'],
  [0x01, 'normal'],
  [0x02, 'student'],
  [0x03, 'senior'],
  [0x04, 'test'],
  [0x05, 'military'],
]);

/** Of a code of the right size. `region`: of the anchor its certificate leads to. */
export function presentedFacts(bytes: Uint8Array, region: string, generatedMs: number): ProofFacts {
  const issuer = shortHex(bytes, ISSUER_CODE);
  const account = accountOf(bytes);
  const accountType = bytes[ACCOUNT_TYPE_AT] as number;
  return {
    credentialId: personalText(`${issuer}:${account}`),
    issuer,
    region,
    subject: personalText(account),
    mode: bytes[0] === LOCAL_VERSION ? 'local-81' : 'interoperable',
    nonce: String(generatedMs / 1000),
    // The last moment at which `code.generation` holds; a code shown early is remembered from then to here.
    replayableUntilMs: generatedMs + validityMsOf(bytes),
    validUntilMs: authorisationExpiryMsOf(bytes),
    holderBound: true,
    claims: {
      accountType: ACCOUNT_TYPES.get(accountType) ?? `type-${accountType}`,
      limitFen: limitFenOf(bytes),
      platform: shortHex(bytes, PLATFORM_CODE),
      certificateSerial: shortHex(bytes, CERTIFICATE_SERIAL),
    },
  };
}

/** Of fixed width before its padding is taken off, so no two accounts become one. */
function accountOf(bytes: Uint8Array): string {
  const text = toHex(bytes.subarray(USER_ACCOUNT.start, USER_ACCOUNT.end));
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === PADDING) end -= 1;
  return end === text.length ? text : text.slice(0, end);
}

/** The digit f. */
const PADDING = 0x66;
