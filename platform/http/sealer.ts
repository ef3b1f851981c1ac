/** Seals what the platform answers to what gateways send (docs/platform.md, Seals), or what a fault makes of that. */
import { type StatusAuthority, sealOf } from '../authority/status.ts';
import type { FaultSwitch } from '../faults.ts';
import type { Reply } from './reply.ts';
import { spoilt } from './views.ts';

export const SEAL_HEADER = 'onecard-seal';

export interface SealerOptions {
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
    const { authority, foreign, now, faults } = this.#options;
    const fault = faults.fault?.fault;
    if (!('bytes' in reply.content) || fault === 'unsigned') return reply;
    const request = fault === 'other_question' ? Buffer.from(`not ${Buffer.from(body)}`) : body;
    const { bytes: answer } = reply.content;
    const key = (fault === 'foreign_key' ? foreign : authority).sealing;
    // Under the name that trust has for another key.
    const signer = { ...key, kid: authority.sealing.kid };
    const seal = sealOf(signer, { path, request, status: reply.status, answer, sealedAtMs: now() });
    const sealed = {
      ...reply,
      headers: { ...reply.headers, [SEAL_HEADER]: fault === 'bad_signature' ? spoilt(seal) : seal },
    };
    if (fault !== 'replayed_answer') return sealed;
    const first = this.#first.get(path) ?? sealed;
    this.#first.set(path, first);
    return first;
  }
}
