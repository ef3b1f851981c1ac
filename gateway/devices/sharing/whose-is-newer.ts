/** Which of two gateways' knowledge of a device holds for all: decided alike at each of them. */
import { type EnrolledDevice, storedDevice } from '../enrolled-device.ts';

export interface Sides {
  /** As it is known here; null: it is not. */
  readonly here: EnrolledDevice | null;
  /** As the cluster has it. */
  readonly there: EnrolledDevice;
  /** Highest revision that the cluster was seen to have; 0: none. */
  readonly seen: number;
}

export type Newer =
  | { readonly kind: 'same' }
  /** `isLoss`: what is known here is another enrolment, or a revocation, and is over. */
  | { readonly kind: 'there'; readonly isLoss: boolean }
  /** What the cluster must be told, with the revision that makes it the newer one. */
  | { readonly kind: 'here'; readonly device: EnrolledDevice }
  /** The cluster had a newer one before: what it has now was put back by somebody. */
  | { readonly kind: 'rolled_back' };

export function whoseIsNewer({ here, there, seen }: Sides): Newer {
  if (there.revision < seen) return { kind: 'rolled_back' };
  if (here === null || there.revision > here.revision) return { kind: 'there', isLoss: isLoss(here, there) };
  if (there.revision < here.revision) return { kind: 'here', device: here };
  if (storedDevice(here).equals(storedDevice(there))) return { kind: 'same' };
  // A revocation is never undone by what did not know of it.
  if (here.revokedAtMs !== null && there.revokedAtMs === null) {
    return { kind: 'here', device: { ...here, revision: there.revision + 1 } };
  }
  // Of two at once, the one that came first holds: all others see that one, whoever asks when.
  return { kind: 'there', isLoss: isLoss(here, there) };
}

/** Whether a revocation, or an enrolment of another key, scene or class, is lost with what is known here. */
function isLoss(here: EnrolledDevice | null, there: EnrolledDevice): boolean {
  if (here === null) return false;
  if (here.revokedAtMs !== null) return there.revokedAtMs === null;
  const enrolled = ({ revokedAtMs: _, revision: __, ...rest }: EnrolledDevice) =>
    storedDevice({ ...rest, revokedAtMs: null, revision: 1 });
  return !enrolled(here).equals(enrolled(there));
}
