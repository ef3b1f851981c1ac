/**
 * Which tap comes when: tap number i of a plan is of one card, of one kind, sound or not, and has one right answer.
 * Everything follows from the number, so that any process can tell what any tap is without being told.
 */
import { createHash } from 'node:crypto';
import type { Code } from '../../config/codes.ts';
import type { ListedState } from '../../platform/cards/identity.ts';

export interface TapPlan {
  readonly seed: string;
  /** Cards take turns. */
  readonly cards: number;
  /** Parts of all taps, 0 to 1: ride codes (the rest are chips), with a wrong signature, with bytes missing. */
  readonly rides: number;
  readonly forged: number;
  readonly cut: number;
  /** Part of all taps that are an earlier one, `back` taps ago, sent again under a new number. */
  readonly replayed: number;
  readonly back: number;
  /** Every ride code has an issuer certificate and an authorisation that were never seen before. */
  readonly cold: boolean;
  /** Families that the platform issues on the spot, and which part of all taps they are, in equal shares. */
  readonly others?: { readonly families: readonly OtherFamily[]; readonly part: number };
  /** `frame`: a WebSocket frame of `onecard.gate.v1`. `json`: the body of `POST /v1/verifications`. */
  readonly form: 'frame' | 'json';
}

export interface OtherFamily {
  readonly family: string;
  /** What the bench's scene answers to a sound one. */
  readonly code: Code;
}

export interface TapSpec {
  readonly card: number;
  /** How often the card was tapped before. */
  readonly use: number;
  readonly kind: 'ride' | 'chip' | OtherFamily;
  readonly fault: 'none' | 'forged' | 'cut';
  /** Number of the tap whose presentation it is: its own, unless it is a replay. */
  readonly signs: number;
}

/** How often a card was tapped before: at the least and at the most. */
export interface Uses {
  readonly first: number;
  readonly last: number;
}

const SCALE = 2 ** 32;

/** One after another with the same plan, as generators ask. */
export class TapPlanner {
  readonly plan: TapPlan;
  readonly #salt: number;

  constructor(plan: TapPlan) {
    this.plan = plan;
    this.#salt = createHash('sha256').update(`taps ${plan.seed}`).digest().readUInt32BE(0);
  }

  /** Taps before `phaseFrom` are not sent again: their time is over. */
  tap(i: number, phaseFrom: number): TapSpec {
    const { rides, forged, cut, replayed, back, others } = this.plan;
    const replays = replayed > 0 && i - back >= phaseFrom && this.#draw(i, 3) < replayed;
    if (replays) return this.tap(i - back, phaseFrom);
    const draw = this.#draw(i, 2);
    const other = others && this.#other(i, others);
    if (other !== undefined) return { ...this.#turn(i), kind: other, fault: 'none', signs: i };
    return {
      ...this.#turn(i),
      kind: this.#draw(i, 1) < rides ? 'ride' : 'chip',
      fault: draw < forged ? 'forged' : draw < forged + cut ? 'cut' : 'none',
      signs: i,
    };
  }

  #other(i: number, { families, part }: NonNullable<TapPlan['others']>): OtherFamily | undefined {
    const draw = this.#draw(i, 4);
    return draw < part ? families[Math.floor((draw / part) * families.length)] : undefined;
  }

  /** Of the taps `from` … `from` + `count` - 1. */
  uses(from: number, count: number): Uses {
    const { cards, cold } = this.plan;
    const round = (i: number) => Math.floor(i / cards);
    const each = cold ? 2 : 1;
    return { first: each * round(from), last: each * round(from + Math.max(count, 1) - 1) + each - 1 };
  }

  #turn(i: number): { readonly card: number; readonly use: number } {
    const { cards, cold } = this.plan;
    const [turn, use] = [i % cards, Math.floor(i / cards)];
    // Certificates are drawn for the one issuer whose cards have bit 1 of their number clear; these come twice as often.
    return cold ? { card: turn & ~2, use: 2 * use + ((turn >> 1) & 1) } : { card: turn, use };
  }

  /** Uniform in [0, 1): the finaliser of MurmurHash3 over number and purpose. */
  #draw(i: number, purpose: number): number {
    let h = (this.#salt + Math.imul(i, 0x9e37_79b1) + Math.imul(purpose, 0x85eb_ca6b)) | 0;
    h = Math.imul(h ^ (h >>> 16), 0x85eb_ca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35);
    return ((h ^ (h >>> 16)) >>> 0) / SCALE;
  }
}

/** The one right answer to tap `i`, given what the card list says of its card. */
export function rightCode(spec: TapSpec, i: number, state: ListedState): Code {
  const { kind, fault } = spec;
  if (typeof kind === 'object') return kind.code;
  if (fault === 'forged') return kind === 'ride' ? 'signature.user' : 'signature.dynamic_data';
  if (fault === 'cut') return kind === 'ride' ? 'credential.truncated' : 'credential.data_missing';
  // What is denied uses nothing up: shown again it is denied for the same reason.
  if (state !== 'good') return `deny.status_${state}`;
  return spec.signs === i ? 'allow.good' : 'deny.replayed';
}
