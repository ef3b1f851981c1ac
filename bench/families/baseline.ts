/** What every figure of the run is compared with: one ECDSA verification on P-256 by node:crypto, the key kept. */
import { generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto';

const MESSAGES = 256;
const MS_PER_S = 1_000;

/** Verifications a second on one thread. */
export function opensslP256PerS(seconds: number): number {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signed = Array.from({ length: MESSAGES }, () => {
    const message = randomBytes(200);
    return { message, signature: sign('sha256', message, { key: privateKey, dsaEncoding: 'ieee-p1363' }) };
  });
  const key = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const;
  let verified = 0;
  const startedMs = performance.now();
  while (performance.now() - startedMs < seconds * MS_PER_S) {
    for (const { message, signature } of signed) {
      if (!verify('sha256', message, key, signature)) throw new Error('its own signature is refused');
      verified += 1;
    }
  }
  return (verified * MS_PER_S) / (performance.now() - startedMs);
}
