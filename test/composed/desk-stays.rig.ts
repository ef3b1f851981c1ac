/** A clerk who checks guests in at a desk under test. */
import type { StayView } from '../../hotel/stays/views.ts';
import type { Verification } from '../../hotel/verification/verification.ts';
import { presentationLine } from '../../platform/issue/presentations.ts';
import { chipTapOf } from '../system/presentations.rig.ts';
import type { ComposedDesk } from './desk.rig.ts';
import type { DeskSession } from './desk-session.rig.ts';

/** Citizen numbers with their check digits: of a grown-up, and of one born on 2012-03-07. */
export const ADULT = '11010519491231002X';
export const MINOR = '500101201203070019';

export const stayOf = (guests: readonly object[], over: object = {}) => ({
  ...{ room: '1208', arrival: '2026-11-30', departure: '2026-12-02', guests },
  ...over,
});

export function checkIn(clerk: DeskSession, guests: readonly object[], over: object = {}): Promise<StayView> {
  return clerk.json<StayView>('/v1/stays', { body: stayOf(guests, over) });
}

export function verifyChip(desk: ComposedDesk, clerk: DeskSession, card: number): Promise<Verification> {
  return clerk.json<Verification>('/v1/verifications', {
    body: { scene: '11/desk', ...chipTapOf(desk.composed.city, card).json },
  });
}

export function verifyPhone(
  desk: ComposedDesk,
  clerk: DeskSession,
  index: number,
  nonce: string | null = null,
): Promise<Verification> {
  const { city } = desk.composed;
  const { family, credential, context } = presentationLine('mdoc', {
    ...{ city, index, atMs: Date.now(), mode: 'dda', chip: 0, nonce, fault: null },
  });
  return clerk.json<Verification>('/v1/verifications', {
    body: { scene: '11/guest', family, credential, context },
  });
}
