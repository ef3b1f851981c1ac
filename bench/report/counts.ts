/** What became of the taps of a phase, or of a run: four things that are never added up to one another. */
import { CODES, type Code, codeEntry } from '../../config/codes.ts';
import type { Phase } from './result.ts';

export interface Counts {
  readonly intended: number;
  /** Given a decision, right or wrong. */
  readonly judged: number;
  /** Answered without a decision. */
  readonly refused: number;
  /** Never sent, or never answered. */
  readonly lost: number;
  /** Sent, and never answered. */
  readonly unanswered: number;
  /** Judged otherwise than is right, or answered twice. */
  readonly wrong: number;
}

export function countsOf(phases: readonly Phase[]): Counts {
  const sum = (of: (phase: Phase) => number) => phases.reduce((total, phase) => total + of(phase), 0);
  const refused = sum(refusedOf);
  return {
    intended: sum(({ intended }) => intended),
    judged: sum(({ answered }) => answered) - refused,
    refused,
    lost: sum(({ unsent, unanswered }) => unsent + unanswered),
    unanswered: sum(({ unanswered }) => unanswered),
    wrong: sum(({ wrong, repeated = 0 }) => wrong + repeated),
  };
}

/** Answers by code, most frequent first. */
export function topCodes(phases: readonly Phase[]): readonly (readonly [string, number])[] {
  const sums = new Map<string, number>();
  for (const { codes } of phases) {
    for (const [code, many] of Object.entries(codes)) sums.set(code, (sums.get(code) ?? 0) + many);
  }
  return [...sums].sort((a, b) => b[1] - a[1]);
}

export function refusalCodes(phases: readonly Phase[]): readonly (readonly [string, number])[] {
  return topCodes(phases).filter(([code]) => isRefusal(code));
}

export function isRefusal(code: string): boolean {
  return code in CODES && codeEntry(code as Code).kind === 'refusal';
}

export function outcomeOf(code: string): 'allow' | 'deny' | 'refer' | 'none' {
  return code in CODES ? codeEntry(code as Code).outcome : 'none';
}

/** `80.1 %`; nothing is shown as 0, and what is above nothing never is. */
export function percent(part: number, all: number): string {
  if (all === 0 || part === 0) return '0 %';
  const value = (100 * part) / all;
  if (value < 0.01) return '< 0.01 %';
  if (part < all && value > 99.99) return '> 99.99 %';
  return `${Number(value.toPrecision(value < 10 ? 2 : 3))} %`;
}

function refusedOf({ codes }: Phase): number {
  return Object.entries(codes).reduce((total, [code, many]) => total + (isRefusal(code) ? many : 0), 0);
}
