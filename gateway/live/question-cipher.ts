/**
 * Encrypts questions for live status to the key that trust names for that, so that whoever stands between learns no
 * card number. JWE in compact form (RFC 7516) with ECDH-ES (RFC 7518, 4.6: direct agreement) and A256GCM.
 *
 * Always encrypted, also where the list has a key of the card: that key follows from the card number and a key that is
 * in the published list, so whoever passes the list on could find the number by trying, and would see a card come again.
 */
import { createCipheriv, createECDH, hash, type KeyObject, randomBytes } from 'node:crypto';

export interface EncryptionKey {
  readonly kid: string;
  /** P-256. */
  readonly publicKey: KeyObject;
}

/** How long, and how often, one agreement is used: it costs more than everything else about a question. */
const AGREEMENT_MS = 60_000;
/** Far below the 2^32 random initialisation vectors that one key may have (NIST SP 800-38D, 8.3). */
const AGREEMENT_USES = 1 << 20;
const COORDINATE_BYTES = 32;
const IV_BYTES = 12;
const KEY_BITS = 256;

interface Agreement {
  readonly to: KeyObject;
  readonly untilAt: number;
  /** Protected header, base64url. */
  readonly header: string;
  readonly key: Uint8Array;
  uses: number;
}

export class QuestionCipher {
  readonly #now: () => number;
  #agreement: Agreement | null = null;

  /** `now`: monotonic, milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Compact JWE of a text. */
  encrypt(text: string, to: EncryptionKey): string {
    const { header, key } = this.#agreementWith(to);
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key, iv);
    cipher.setAAD(Buffer.from(header, 'latin1'));
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    const parts = [iv, sealed, cipher.getAuthTag()].map((part) => part.toString('base64url'));
    // Direct agreement: there is no encrypted key.
    return `${header}..${parts.join('.')}`;
  }

  #agreementWith({ kid, publicKey }: EncryptionKey): Agreement {
    const last = this.#agreement;
    const isGood = last !== null && last.to === publicKey && this.#now() < last.untilAt;
    const agreement =
      isGood && last.uses < AGREEMENT_USES ? last : agree(kid, publicKey, this.#now() + AGREEMENT_MS);
    agreement.uses += 1;
    this.#agreement = agreement;
    return agreement;
  }
}

function agree(kid: string, to: KeyObject, untilAt: number): Agreement {
  const { x = '', y = '' } = to.export({ format: 'jwk' });
  const ecdh = createECDH('prime256v1');
  const own = ecdh.generateKeys();
  const point = Buffer.concat([Uint8Array.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  const shared = ecdh.computeSecret(point);
  const coordinate = (from: number) => own.subarray(from, from + COORDINATE_BYTES).toString('base64url');
  const epk = { kty: 'EC', crv: 'P-256', x: coordinate(1), y: coordinate(1 + COORDINATE_BYTES) };
  const header = { alg: 'ECDH-ES', enc: 'A256GCM', kid, epk };
  return {
    to,
    untilAt,
    header: Buffer.from(JSON.stringify(header)).toString('base64url'),
    key: concatKdf(shared),
    uses: 0,
  };
}

/** One round of the Concat KDF (NIST SP 800-56A, 5.8.1) with empty party information, as RFC 7518, 4.6.2 has it. */
function concatKdf(shared: Uint8Array): Uint8Array {
  const number = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
  };
  const algorithm = Buffer.from('A256GCM', 'ascii');
  const otherInfo = [number(algorithm.length), algorithm, number(0), number(0), number(KEY_BITS)];
  return hash('sha256', Buffer.concat([number(1), shared, ...otherInfo]), 'buffer');
}
