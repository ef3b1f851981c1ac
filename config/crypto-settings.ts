/** Settings of cryptography: whose algorithms everything that the gateway itself makes is signed, sealed and hashed with. */
import { type Static, Type } from 'typebox';
import { KeysSchema, Pkcs11Schema, SdfSchema } from './key-settings.ts';
import { closed } from './setting-kinds.ts';

/** `international`: those of NIST and the IETF; `sm`: SM2, SM3 and SM4 of the Chinese standards. */
export const CRYPTO_PROFILES = ['international', 'sm'] as const;
export type CryptoProfile = (typeof CRYPTO_PROFILES)[number];

export function otherProfile(profile: CryptoProfile): CryptoProfile {
  return profile === 'sm' ? 'international' : 'sm';
}

export const CryptoSchema = closed({
  profile: Type.Union(
    // Each by itself: of an array that was mapped the compiler knows no type.
    [Type.Literal(CRYPTO_PROFILES[0]), Type.Literal(CRYPTO_PROFILES[1])],
    {
      default: 'international',
      description:
        'Whose algorithms are used: `international` for SHA-2, ES256, Ed25519 and AES, `sm` for SM2, SM3 and SM4. What is stored ' +
        'names its algorithm, so what was kept under the other profile stays readable.',
    },
  ),
  changing_over: Type.Boolean({
    default: false,
    description:
      'While devices, platform and desks change to this profile: device tokens and signed lists of the other are taken too. ' +
      'Without it they are refused.',
  }),
  transport_elsewhere: Type.Boolean({
    default: false,
    description:
      'true: in profile `sm`, addresses of other machines are listened on and asked. What protects them on the way is set up ' +
      'elsewhere (a TLCP gateway, IPsec of GM/T 0022). Without it they must be of this machine, where a front ends TLCP.',
  }),
  keys: KeysSchema,
  pkcs11: Pkcs11Schema,
  sdf: SdfSchema,
});

/** What says whose algorithms are taken of what comes from outside. */
export type TakenProfiles = Pick<Static<typeof CryptoSchema>, 'profile' | 'changing_over'>;
