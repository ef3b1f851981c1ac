/**
 * Outages as journals show them: what one gateway accepted alone, with less than a minute between one and the next, is one
 * outage.
 */
import { OUTAGE_GAP_MS } from '../config/outage-gap.ts';

export interface Outage {
  readonly gateway: string;
  /** First and last acceptance of it, milliseconds since 1970 UTC. */
  readonly fromMs: number;
  readonly toMs: number;
  /** How many were accepted alone, and how many of those were accepted elsewhere too, as far as journals have come. */
  readonly accepted: number;
  readonly doubles: number;
}

/** An outage with another of the same gateway. */
export function joined(a: Outage, b: Outage): Outage {
  return {
    gateway: a.gateway,
    fromMs: Math.min(a.fromMs, b.fromMs),
    toMs: Math.max(a.toMs, b.toMs),
    accepted: a.accepted + b.accepted,
    doubles: a.doubles + b.doubles,
  };
}

export function areOne(a: Outage, b: Outage): boolean {
  return a.fromMs <= b.toMs + OUTAGE_GAP_MS && b.fromMs <= a.toMs + OUTAGE_GAP_MS;
}

/** `alone`: each acceptance as an outage of one. By gateway, then by time. */
export function outagesOf(alone: Iterable<Outage>): Outage[] {
  const order = (a: Outage, b: Outage) =>
    a.gateway === b.gateway ? a.fromMs - b.fromMs : a.gateway < b.gateway ? -1 : 1;
  const outages: Outage[] = [];
  for (const each of [...alone].sort(order)) {
    const last = outages.at(-1);
    if (last?.gateway === each.gateway && areOne(last, each))
      outages[outages.length - 1] = joined(last, each);
    else outages.push(each);
  }
  return outages;
}
