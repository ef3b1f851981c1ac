/** A key agreed with the public key of whom a message is for: ECDH-ES on P-256, direct agreement (RFC 7518 clause 4.6). */
import { createECDH, hash } from 'node:crypto';

/** What the key is for, as `enc` names it, and who the two are; the reference has neither by name. */
export interface AgreedFor {
  readonly enc: string;
  readonly keyBits: 128 | 256;
  readonly apu?: string;
  readonly apv?: string;
}

export interface Agreement {
  /** Of the key that is used for this agreement alone: 04 ‖ X ‖ Y. */
  readonly ephemeral: Buffer;
  readonly key: Buffer;
}

/** `publicKey`: X ‖ Y. `scalar`: drawn, unless a known answer is asked for. */
export function ecdhEsAgree(publicKey: Uint8Array, agreed: AgreedFor, scalar?: Uint8Array): Agreement {
  const own = createECDH('prime256v1');
  if (scalar === undefined) own.generateKeys();
  else own.setPrivateKey(scalar);
  const shared = own.computeSecret(Buffer.concat([Uint8Array.of(4), publicKey]));
  return { ephemeral: own.getPublicKey(), key: concatKdf(shared, agreed) };
}

/** One round of the Concat KDF (NIST SP 800-56A clause 5.8.1) as RFC 7518 clause 4.6.2 has it. */
function concatKdf(shared: Uint8Array, { enc, keyBits, apu = '', apv = '' }: AgreedFor): Buffer {
  const number = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
  };
  const texts = [enc, apu, apv].flatMap((text) => [number(text.length), Buffer.from(text, 'ascii')]);
  const round = Buffer.concat([number(1), shared, ...texts, number(keyBits)]);
  return hash('sha256', round, 'buffer').subarray(0, keyBits / 8);
}
