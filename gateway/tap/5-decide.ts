/** Stage 5. A pure function: the same facts give the same decision, so that any decision can be judged again. */
import { type Code, codeEntry } from '../../config/codes.ts';
import type { Policy } from '../../config/scenes.ts';
import type { ProofRecord, StatusRecord } from '../journal/record.ts';
import type { Outcome } from './tap.ts';

/** All that a decision depends on. The clock is in `status.ageMs`; the mode in which list was asked. */
export interface DecideInput {
  readonly family: string;
  readonly policy: Policy;
  readonly proof: Pick<ProofRecord, 'ok' | 'code' | 'region'>;
  /** Whether it was used before, and for how long the same bytes could be shown again, milliseconds. */
  readonly seenBefore: boolean;
  readonly replayableMs: number;
  readonly status: Pick<StatusRecord, 'state' | 'source' | 'ageMs'>;
}

export interface Decision {
  readonly outcome: Outcome;
  readonly code: Code;
}

const UNLISTED = {
  allow: 'allow.unlisted',
  refer: 'refer.status_unknown',
  deny: 'deny.status_unknown',
} as const;
const TOO_OLD = {
  allow: 'allow.list_too_old',
  refer: 'refer.list_too_old',
  deny: 'deny.list_too_old',
} as const;

const NO_LIST = { allow: 'allow.no_list', refer: 'refer.no_list', deny: 'deny.no_list' } as const;

export function decide(input: DecideInput): Decision {
  const code = reason(input);
  const { outcome } = codeEntry(code);
  if (outcome === 'none') throw new TypeError(`${code} is not a decision`);
  return { outcome, code };
}

function reason({ family, policy, proof, seenBefore, replayableMs, status }: DecideInput): Code {
  if (!proof.ok) return proof.code;
  if (!policy.families.includes(family)) return 'deny.family_not_accepted';
  if (proof.region === null || !policy.regions.includes(proof.region)) return 'deny.region_not_accepted';
  if (seenBefore) return 'deny.replayed';
  if (replayableMs > policy.replayable_ms_max) return 'deny.replayable_too_long';
  // Never turns "could not ask" or "asked an old list" into "unknown": they are answered apart.
  if (status.source === 'none') return NO_LIST[policy.list_too_old];
  if (status.state !== 'good' && status.state !== 'unknown') return `deny.status_${status.state}`;
  if (status.ageMs > policy.list_age_max_ms) return TOO_OLD[policy.list_too_old];
  return status.state === 'unknown' ? UNLISTED[policy.unlisted] : 'allow.good';
}
