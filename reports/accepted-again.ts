/**
 * Which acceptances of one presentation are one too many. What it comes to depends on the acceptances alone, and not on the
 * order in which journals arrive.
 */

/** Who looked for whom: this gateway alone, all of them, or this one alone because no answer came in time. */
export const REPLAY_SCOPES = ['gateway', 'shared', 'local'] as const;
export type ReplayScope = (typeof REPLAY_SCOPES)[number];

/** A record that used its presentation up. */
export interface Acceptance {
  readonly gateway: string;
  /** Of its record: `EPOCH:POSITION`. */
  readonly id: string;
  readonly device: string;
  /** Stream and number: with the device, the name of the tap. */
  readonly tap: string;
  readonly scene: string;
  /** `refer`: a person was asked. */
  readonly outcome: 'allow' | 'refer';
  readonly scope: ReplayScope;
  /** Milliseconds since 1970 UTC, as the next. */
  readonly atMs: number;
  /** Until then nobody else may pass with it. */
  readonly untilMs: number;
}

/** Two taps with one presentation, both accepted. */
export interface DoubleAcceptance {
  /** The earliest; of a third tap it is the same one. */
  readonly first: Acceptance;
  readonly again: Acceptance;
}

export interface PresentationJudged {
  /** By time. */
  readonly doubles: readonly DoubleAcceptance[];
  /** Times that a tap was decided at one more gateway: its gate had moved. No double. */
  readonly moved: number;
}

/** `acceptances`: all that are known of one presentation, each record once. */
export function judgePresentation(acceptances: readonly Acceptance[]): PresentationJudged {
  const byTap = new Map<string, { readonly first: Acceptance; readonly gateways: Set<string> }>();
  for (const each of [...acceptances].sort(byTime)) {
    const name = tapName(each);
    const known = byTap.get(name);
    if (known === undefined) byTap.set(name, { first: each, gateways: new Set([each.gateway]) });
    else known.gateways.add(each.gateway);
  }
  const doubles: DoubleAcceptance[] = [];
  let moved = 0;
  let holder: Acceptance | null = null;
  for (const { first: each, gateways } of byTap.values()) {
    moved += gateways.size - 1;
    if (holder !== null && each.atMs < holder.untilMs) doubles.push({ first: holder, again: each });
    else holder = each;
  }
  return { doubles, moved };
}

/** Those that are in a double. */
export function inDoubles({ doubles }: PresentationJudged): ReadonlySet<Acceptance> {
  return new Set(doubles.flatMap(({ first, again }) => [first, again]));
}

/** Records of every gateway at one moment have an order too. */
export function byTime(a: Acceptance, b: Acceptance): number {
  return a.atMs - b.atMs || compare(a.gateway, b.gateway) || compare(a.id, b.id);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function tapName({ device, tap }: Acceptance): string {
  return `${device} ${tap}`;
}
