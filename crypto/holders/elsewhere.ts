/** Keys held by another process: a bridge to a PKCS#11 token or to a cipher machine. No key that signs ever comes here. */
import { createHash, randomBytes } from 'node:crypto';
import { SM2_DEFAULT_ID, sm2Digest } from '../../workers/engine/sm2-digest.ts';
import type { SignatureAlgorithm, WrapAlgorithm } from '../algorithms.ts';
import { CryptoError } from '../crypto-error.ts';
import type { KeyHolder, KeyHolderEvents, KeyHolderKind } from '../key-holder.ts';
import type { HeldKeyWrap } from '../sealing/key-wrap.ts';
import { verifyingKeyOf } from '../signature/key-files.ts';
import type { HeldSigningKey, VerifyingKey } from '../signature/keys.ts';
import { isSigned } from '../signature/verify.ts';
import { HolderAsker } from './asker.ts';
import { away, HolderLink, type HolderReach } from './link.ts';
import { type Answer, type KeyOperation, keyRequest, sentenceOf, WRAPPED_BYTES_MAX } from './messages.ts';

export interface ElsewhereOptions {
  readonly kind: KeyHolderKind;
  readonly reach: HolderReach;
  /** Of one attempt; there are two. */
  readonly deadlineMs: number;
  /** Operations in a row that fail before it is not asked for a while. */
  readonly failuresMax: number;
  readonly pauseMs: number;
  readonly events: KeyHolderEvents;
}

const TRIED_KEY_BYTES = 32;

export class HolderElsewhere implements KeyHolder {
  readonly kind: KeyHolderKind;
  readonly #asker: HolderAsker;

  /** Nothing is started, and nothing asked, before a key is wanted. */
  constructor({ kind, reach, ...asking }: ElsewhereOptions) {
    this.kind = kind;
    this.#asker = new HolderAsker({ ...asking, open: (deadlineMs) => HolderLink.open(reach, deadlineMs) });
  }

  async signingKey(label: string, algorithm: SignatureAlgorithm): Promise<HeldSigningKey> {
    const bytes = await this.#ask('publicKey', algorithm, label);
    return this.knownSigningKey(label, verifyingKeyOf(algorithm, bytes));
  }

  knownSigningKey(label: string, publicKey: VerifyingKey): HeldSigningKey {
    const { algorithm } = publicKey;
    return {
      publicKey,
      sign: (message) =>
        this.#ask('sign', algorithm, label, signedInput(publicKey, message), (signature) => {
          // A machine that answers in time can still be another one, or broken: what it made is believed when it verifies.
          if (!isSigned(publicKey, message, signature)) throw away('its signature is wrong');
        }),
    };
  }

  /** Tries it with a key that is no secret: one that cannot be unwrapped again would be found when it is too late. */
  async keyWrap(label: string, algorithm: WrapAlgorithm): Promise<HeldKeyWrap> {
    const unwrap = (wrapped: Uint8Array) => this.#ask('unwrap', algorithm, label, wrapped);
    const held: HeldKeyWrap = {
      algorithm,
      wrap: async (key) => {
        const wrapped = await this.#ask('wrap', algorithm, label, key, (bytes) => {
          if (bytes.length > WRAPPED_BYTES_MAX) throw away('what it wrapped is too long');
        });
        if (!(await unwrap(wrapped)).equals(key)) throw away('it does not unwrap what it wrapped');
        return wrapped;
      },
      unwrap,
    };
    await held.wrap(randomBytes(TRIED_KEY_BYTES));
    return held;
  }

  close(): Promise<void> {
    return this.#asker.close();
  }

  async #ask(
    operation: KeyOperation,
    algorithm: SignatureAlgorithm | WrapAlgorithm,
    label: string,
    input: Uint8Array = Buffer.alloc(0),
    check: (bytes: Buffer) => void = () => {},
  ): Promise<Buffer> {
    const take = (answer: Answer) => {
      const bytes = resultOf(answer, label);
      check(bytes);
      return bytes;
    };
    try {
      return await this.#asker.ask(keyRequest(operation, algorithm, label, input), take, isFinal);
    } catch (cause) {
      if (isFinal(cause)) throw cause;
      throw away(`the holder of the key ${label} (${this.kind}): ${(cause as Error).message}`, { cause });
    }
  }
}

/** What is wrong with the key, or with what was to be opened, is as wrong when it is asked again. */
function isFinal(error: unknown): boolean {
  return !(error instanceof CryptoError) || error.code !== 'held_elsewhere';
}

/** A copy: the frame it stands in may be large. Throws CryptoError. */
function resultOf({ status, bytes }: Answer, label: string): Buffer {
  if (status === 'ok') return Buffer.from(bytes);
  const said = sentenceOf(bytes);
  if (status === 'unreadable') {
    throw new CryptoError(
      'unreadable',
      `a key cannot be unwrapped with ${label}, which is held elsewhere: ${said}`,
    );
  }
  if (status === 'no_key' || status === 'unusable_key' || status === 'unsupported') {
    throw new CryptoError('unusable', `the key ${label}, which is held elsewhere, cannot be used: ${said}`);
  }
  throw away(said === '' ? 'it failed' : said);
}

/** What is handed over to be signed: the message itself, or what the algorithm signs of it. */
function signedInput({ algorithm, bytes }: VerifyingKey, message: Uint8Array): Uint8Array {
  if (algorithm === 'Ed25519') return message;
  if (algorithm === 'SM2') return sm2Digest(bytes, SM2_DEFAULT_ID, message);
  return createHash('sha256').update(message).digest();
}
