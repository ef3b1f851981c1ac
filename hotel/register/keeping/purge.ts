/** Purge: what of the register is past its day, and the proof that it is gone. */
import type { CryptoProfile } from '../../../config/crypto-settings.ts';
import { digestOf } from '../../../crypto/digest.ts';
import { algorithmFor } from '../../../crypto/uses.ts';
import { dayAfter } from '../../../reports/local-time.ts';
import type { EventLog } from '../../events/event-log.ts';
import type { AuditLog } from '../../people/audit.ts';
import type { GuestRegister, PurgeDue, PurgeProgress, PurgeProof } from '../guest-register.ts';

export interface PurgeParts {
  readonly register: Pick<GuestRegister, 'dueBefore' | 'purgeBefore'>;
  readonly events: Pick<EventLog, 'commit'> | null;
  readonly audit: AuditLog;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

export interface PurgePlan {
  readonly until: string;
  readonly due: readonly PurgeDue[];
  /** Digest of what is due, hex: who has seen this plan means this plan. */
  readonly plan: string;
}

/** `today`: rows of this day of purge go, and of those before. */
export async function planPurge(
  register: PurgeParts['register'],
  today: string,
  profile: CryptoProfile,
): Promise<PurgePlan> {
  const due = await register.dueBefore(dayAfter(today));
  const bytes = Buffer.from(JSON.stringify([today, due]), 'utf8');
  const plan = digestOf(algorithmFor('request-digest', profile), bytes).toString('hex');
  return { until: today, due, plan };
}

/** Destroys it, and writes the proof into the audit log: for each day how many rows, and the digest of the key that went. */
export async function purge(
  { register, events, audit, now }: PurgeParts,
  {
    today,
    actor,
    onProgress,
  }: { readonly today: string; readonly actor: string; readonly onProgress?: PurgeProgress },
): Promise<readonly PurgeProof[]> {
  const proofs = await register.purgeBefore(dayAfter(today), onProgress);
  for (const proof of proofs) {
    await audit.append({ atMs: now(), actor, action: 'register.purged', ...proofInAudit(proof) });
  }
  if (proofs.length > 0) await events?.commit({ puts: [] }, [{ kind: 'register.purged' }]);
  return proofs;
}

/** Of an audit entry: the day and the key's digest, and how many rows. */
export function proofInAudit({ day, rows, keyDigest }: PurgeProof): { subjects: string[]; reason: string } {
  const key = keyDigest && `key-${keyDigest.algorithm === 'SM3' ? 'sm3' : 'sha256'}:${keyDigest.hex}`;
  const subjects = [`day:${day}`, ...(key === null ? [] : [key])];
  return { subjects, reason: `rows:${rows}` };
}
