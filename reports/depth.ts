/**
 * The depth a service has reached, by the definitions of the city's plan (渝府办发〔2024〕73号, annex). Shares are compared as
 * whole numbers: 49.99 % is not 50 %.
 */
import type { ReceiptPurpose } from '../config/policy-schema.ts';

export type Category = ReceiptPurpose;
export type Depth = 0 | 1 | 2 | 3;

/** `part` of `whole`, both counts. Of nothing, no share is reached. */
export interface Share {
  readonly part: number;
  readonly whole: number;
}

/** Percent that each depth asks for, of service points or of recipients; the highest first. */
const PERCENT_OF_DEPTH: readonly (readonly [Depth, number])[] = [
  [3, 90],
  [2, 70],
  [1, 50],
];

/**
 * Percent of the payment points that must do what a depth of payment says. The plan names none: one point would let a
 * service reach it that hardly anybody meets, all of them would let one broken terminal lose it. The plan's own smallest
 * share is taken.
 */
export const PAYMENT_PERCENT = 50;

/** The highest depth that the plan defines for a category. */
export const HIGHEST_DEPTH: Readonly<Record<Category, Depth>> = { identity: 3, disbursement: 3, payment: 2 };

/** Of identity: of service points. Of disbursement: of recipients. */
export function depthOfShare(share: Share): Depth {
  for (const [depth, percent] of PERCENT_OF_DEPTH) if (isReached(share, percent)) return depth;
  return 0;
}

export interface PaymentShares {
  /** Points where the fee can be paid through the card account. */
  readonly account: Share;
  /** Points whose merchant accepts the electronic card, which opens the bill directly. */
  readonly bill: Share;
}

export function depthOfPayment({ account, bill }: PaymentShares): Depth {
  if (isReached(bill, PAYMENT_PERCENT)) return 2;
  return isReached(account, PAYMENT_PERCENT) ? 1 : 0;
}

/** Percent of the service points or recipients that a depth asks for. */
export function percentFor(category: Category, depth: Depth): number {
  if (category === 'payment') return PAYMENT_PERCENT;
  return PERCENT_OF_DEPTH.find(([each]) => each === depth)?.[1] ?? 0;
}

/** How many more there must be for a share; 0 where it is reached. Null of nothing: nobody can say. */
export function missingFor({ part, whole }: Share, percent: number): number | null {
  if (whole === 0) return null;
  return Math.max(0, Math.ceil((percent * whole - 100 * part) / 100));
}

/**
 * Of the service as a whole: that of its category that is furthest behind, since the plan sets one depth for all of them. A
 * category that is at its own highest depth holds nobody back: payment has no depth 3. Null without a category.
 */
export function depthOfService(reached: ReadonlyMap<Category, Depth>): Depth | null {
  const all = [...reached];
  if (all.length === 0) return null;
  const behind = all.filter(([category, depth]) => depth < HIGHEST_DEPTH[category]).map(([, depth]) => depth);
  return behind.length > 0
    ? (Math.min(...behind) as Depth)
    : (Math.max(...all.map(([, depth]) => depth)) as Depth);
}

/** By how many depths a category misses a target; a target above its highest is met by the highest. */
export function missedBy(category: Category, depth: Depth, target: Depth): number {
  return Math.max(0, Math.min(target, HIGHEST_DEPTH[category]) - depth);
}

function isReached({ part, whole }: Share, percent: number): boolean {
  return whole > 0 && part * 100 >= percent * whole;
}
