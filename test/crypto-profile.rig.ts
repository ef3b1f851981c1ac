/** Whose algorithms the gateways, platforms and desks of these tests use: `ONECARD_TEST_PROFILE=sm` runs them in the other profile. */
import type { CryptoProfile } from '../config/crypto-settings.ts';
import type { CryptoSettings } from '../crypto/accepted.ts';

export const TEST_PROFILE: CryptoProfile =
  process.env['ONECARD_TEST_PROFILE'] === 'sm' ? 'sm' : 'international';

export const TEST_CRYPTO: CryptoSettings = { profile: TEST_PROFILE, changing_over: false };
