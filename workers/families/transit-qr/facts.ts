/** What a proven ride code says. */
import { toHex } from '../../codecs/hex.ts';
import type { ProofFacts } from '../../contract.ts';
import { LOCAL_VERSION, type RideCode } from './layout.ts';

/** JT/T 978.2 table A.1, byte 20. */
const ACCOUNT_TYPES: ReadonlyMap<number, string> = new Map([
  [0x00, 'normal'],
  [0x01, 'normal'],
  [0x02, 'student'],
  [0x03, 'senior'],
  [0x04, 'test'],
  [0x05, 'military'],
]);

export function transitFacts(code: RideCode, region: string): ProofFacts {
  const issuer = toHex(code.issuerCode);
  // Of fixed width before its padding is taken off, so no two accounts become one.
  const account = toHex(code.userAccount).replace(/f+$/, '');
  return {
    credentialId: `${issuer}:${account}`,
    issuer,
    region,
    subject: account,
    mode: code.version === LOCAL_VERSION ? 'local-81' : 'interoperable',
    nonce: String(code.generatedMs / 1000),
    // The last moment at which `code.generation` holds; a code shown early is remembered from then to here.
    replayableUntilMs: code.generatedMs + code.validityMs,
    validUntilMs: code.authorisationExpiryMs,
    claims: {
      accountType: ACCOUNT_TYPES.get(code.accountType) ?? `type-${code.accountType}`,
      limitFen: code.limitFen,
      platform: toHex(code.platformCode),
      certificateSerial: toHex(code.certificate.serial),
    },
  };
}
