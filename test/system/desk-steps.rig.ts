/** Steps of a check-in at which a process may die, in their order. */

/** Nothing of it is kept yet. */
export const BEFORE_IT_IS_KEPT = [
  'verification reserved',
  'audit begun',
  'audited',
  'before the commit',
  'before its key is kept',
  'its key is kept',
  'sealed',
  'in the commit queue',
] as const;
/** All of it is kept, or nothing: which, the moment decides. */
export const WHILE_IT_IS_WRITTEN = ['being written', 'being written or written'] as const;
/** All of it is kept. */
export const WHEN_IT_IS_KEPT = ['written', 'events told', 'before the answer', 'answered'] as const;

export const CHECK_IN_STEPS = [...BEFORE_IT_IS_KEPT, ...WHILE_IT_IS_WRITTEN, ...WHEN_IT_IS_KEPT];
export type CheckInStep = (typeof CHECK_IN_STEPS)[number];
