/** What used tokens are called among those that are remembered. */

import type { TakenProfiles } from '../../config/crypto-settings.ts';
import { profilesInForce } from '../../crypto/accepted.ts';
import { digestOf } from '../../crypto/digest.ts';
import { algorithmFor } from '../../crypto/uses.ts';

const NAME_BYTES = 16;
/** Stands before a name that is made with SM3; one made with SHA-256 has no mark, and is shorter. */
const SM3_MARK = Buffer.from('s', 'ascii');

/**
 * A digest of device and token identifier, cut to 16 bytes. While the gateway changes over, one in each profile: so a token that
 * was used before it changed is known after.
 */
export function tokenNames(deviceId: string, tokenId: string, crypto: TakenProfiles): readonly Buffer[] {
  const token = Buffer.from(`${deviceId}\0${tokenId}`, 'utf8');
  return profilesInForce(crypto).map((profile) => {
    const algorithm = algorithmFor('used-token', profile);
    const name = digestOf(algorithm, token).subarray(0, NAME_BYTES);
    return algorithm === 'SM3' ? Buffer.concat([SM3_MARK, name]) : name;
  });
}
