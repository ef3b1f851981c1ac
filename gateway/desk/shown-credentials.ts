/** Credentials that desks showed lately, by a reference drawn at random: card numbers stay here, on the gateway's side. */
import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { ShownCredential } from '../verification.ts';
import type { DeskShown } from './desk-core.ts';

const REFERENCE_BYTES = 16;

export interface ShownCredentialsOptions {
  readonly keptMax: number;
  readonly lifetimeMs: number;
}

export class ShownCredentials {
  readonly #byReference: LRUCache<string, ShownCredential>;

  constructor({ keptMax, lifetimeMs }: ShownCredentialsOptions) {
    this.#byReference = new LRUCache({ max: keptMax, ttl: lifetimeMs });
  }

  keep(credential: ShownCredential): DeskShown {
    const ref = randomBytes(REFERENCE_BYTES).toString('hex');
    this.#byReference.set(ref, credential);
    const { issuer, region, holderBound, status } = credential;
    const { state, source, ageMs } = status;
    return {
      ...{ ref, issuer, region, holderBound, status: { state, source, ageMs } },
      credential: Buffer.from(credential.credential).toString('hex'),
      subject: Buffer.from(credential.subject).toString('hex'),
    };
  }

  /** Null: it is not known, or not any more. */
  at(ref: string): ShownCredential | null {
    return this.#byReference.get(ref) ?? null;
  }
}
