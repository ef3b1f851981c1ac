/** What a proven ride code says. */
import { personalText } from '../../claims.ts';
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

/** What the authorisation says, whichever code it is shown in. */
export type AuthorisedFacts = Omit<ProofFacts, 'nonce' | 'replayableUntilMs'>;

export function authorisedFacts(code: RideCode, region: string): AuthorisedFacts {
  const issuer = toHex(code.issuerCode);
  // Of fixed width before its padding is taken off, so no two accounts become one.
  const account = toHex(code.userAccount).replace(/f+$/, '');
  return {
    credentialId: personalText(`${issuer}:${account}`),
    issuer,
    region,
    subject: personalText(account),
    mode: code.version === LOCAL_VERSION ? 'local-81' : 'interoperable',
    validUntilMs: code.authorisationExpiryMs,
    claims: {
      accountType: ACCOUNT_TYPES.get(code.accountType) ?? `type-${code.accountType}`,
      limitFen: code.limitFen,
      platform: toHex(code.platformCode),
      certificateSerial: toHex(code.certificate.serial),
    },
  };
}

/** The same with what this one code says. */
export function presentedFacts(facts: AuthorisedFacts, generatedMs: number, validityMs: number): ProofFacts {
  return {
    credentialId: facts.credentialId,
    issuer: facts.issuer,
    region: facts.region,
    subject: facts.subject,
    mode: facts.mode,
    nonce: String(generatedMs / 1000),
    // The last moment at which `code.generation` holds; a code shown early is remembered from then to here.
    replayableUntilMs: generatedMs + validityMs,
    validUntilMs: facts.validUntilMs,
    claims: facts.claims,
  };
}
