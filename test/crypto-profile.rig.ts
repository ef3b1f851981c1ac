/** Whose algorithms the gateways, platforms and desks of these tests use: `ONECARD_TEST_PROFILE=sm` runs them in the other profile. */
import type { CryptoProfile, TakenProfiles } from '../config/crypto-settings.ts';

/** Settings that name the root of SM2 keys, kept with `put`; none where the platform signs nothing with SM2. */
export function sm2RootFile(
  { sm2RootJson }: { readonly sm2RootJson?: Uint8Array | null },
  put: (name: string, content: Uint8Array) => string,
): { readonly sm2_root_file?: string } {
  return sm2RootJson ? { sm2_root_file: put('sm2-root.json', sm2RootJson) } : {};
}

export const TEST_PROFILE: CryptoProfile =
  process.env['ONECARD_TEST_PROFILE'] === 'sm' ? 'sm' : 'international';

export const TEST_CRYPTO: TakenProfiles = { profile: TEST_PROFILE, changing_over: false };
