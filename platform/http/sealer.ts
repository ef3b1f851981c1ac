/** Seals what the platform answers to what gateways send (docs/platform.md, Seals), or what a fault makes of that. */
import type { Profiles } from '../authority/profiles.ts';
import { type StatusAuthority, sealOf, type ToSeal } from '../authority/status.ts';
import { smSealOf } from '../authority/status-sm.ts';
import type { FaultSwitch } from '../faults.ts';
import type { Reply } from './reply.ts';
import { spoilt } from './views.ts';

export const SEAL_HEADER = 'onecard-seal';

export interface SealerOptions {
  /** Under a key of each. */
  readonly profiles: Profiles;
  readonly authority: StatusAuthority;
  /** Of somebody else. */
  readonly foreign: StatusAuthority;
  readonly now: () => number;
  readonly faults: FaultSwitch;
}

/** A question as it came. */
export interface Question {
  readonly path: string;
  readonly body: Uint8Array;
}

export class Sealer {
  readonly #options: SealerOptions;
  /** While answers are replayed, the first to each path. */
  readonly #first = new Map<string, Reply>();

  constructor(options: SealerOptions) {
    this.#options = options;
    options.faults.onChange(() => this.#first.clear());
  }

  /** The answer with its seal. An answer whose content is a file is none that gateways ask for in this way. */
  seal({ path, body }: Question, reply: Reply): Reply {
    const { now, faults } = this.#options;
    const fault = faults.fault?.fault;
    if (!('bytes' in reply.content) || fault === 'unsigned') return reply;
    const request = fault === 'other_question' ? Buffer.from(`not ${Buffer.from(body)}`) : body;
    const { bytes: answer } = reply.content;
    const made = { path, request, status: reply.status, answer, sealedAtMs: now() };
    const seals = this.#sealsOf(made, fault === 'foreign_key');
    const header = (fault === 'bad_signature' ? seals.map(spoilt) : seals).join(', ');
    const sealed = { ...reply, headers: { ...reply.headers, [SEAL_HEADER]: header } };
    if (fault !== 'replayed_answer') return sealed;
    const first = this.#first.get(path) ?? sealed;
    this.#first.set(path, first);
    return first;
  }

  /** Those of somebody else are under the names that trust has for other keys. */
  #sealsOf(made: ToSeal, isForeign: boolean): string[] {
    const { profiles, authority, foreign } = this.#options;
    const by = isForeign ? foreign : authority;
    return profiles.map((profile) =>
      profile === 'international'
        ? sealOf({ ...by.sealing, kid: authority.sealing.kid }, made)
        : smSealOf({ ...by.sm.sealing, kid: authority.sm.sealing.kid }, made),
    );
  }
}
