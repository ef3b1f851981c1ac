/** What was found, as the platform answers it (docs/platform.md, Accepted twice). */
import type { Acceptance } from '../../reports/accepted-again.ts';
import type { Outage } from '../../reports/outages.ts';
import type { Replays } from './replays.ts';

export const REPLAYS_PATH = '/v1/replays';
/** Presentations in one answer; the next begin behind `next`. */
const ITEMS_MAX = 1_000;
/** The latest ones, in the first answer. */
const OUTAGES_MAX = 10_000;
/** Of one gateway, the newest. */
const OWN_OUTAGES_MAX = 16;

/** For the platform's own people. Null: the query is not one. */
export function replaysJson(replays: Replays, query: URLSearchParams): object | null {
  const text = query.get('after') ?? '0';
  if (!/^\d{1,15}$/.test(text)) return null;
  const after = Number(text);
  const items: object[] = [];
  let [last, presentations, more] = [after, 0, false];
  for (const [number, { doubles, foundAtMs }] of replays.doubles(after)) {
    more = presentations === ITEMS_MAX;
    if (more) break;
    presentations += 1;
    last = number;
    for (const { first, again } of doubles) {
      items.push({
        number,
        found_at_ms: foundAtMs,
        first: acceptanceJson(first),
        again: acceptanceJson(again),
      });
    }
  }
  const { acceptances, alone, doubles, moved, tooLate, forgottenEarly, remembered } = replays.counts();
  return {
    ...{ acceptances, alone, doubles, moved },
    ...{ too_late: tooLate, forgotten_early: forgottenEarly, remembered },
    items,
    next: more ? last : null,
    ...(after === 0 && { outages: latest([...replays.outages()]).map(outageJson) }),
  };
}

/** For a gateway: what became of what it accepted alone, as far as journals have come. */
export function ownReplaysJson(replays: Replays, gateway: string): object {
  return { gateway, outages: replays.outagesOf(gateway, OWN_OUTAGES_MAX).map(outageJson) };
}

function acceptanceJson({ gateway, id, device, tap, scene, outcome, scope, atMs, untilMs }: Acceptance) {
  return { gateway, id, device, tap, scene, outcome, scope, at_ms: atMs, until_ms: untilMs };
}

function outageJson({ gateway, fromMs, toMs, accepted, doubles }: Outage) {
  return { gateway, from_ms: fromMs, to_ms: toMs, accepted, doubles };
}

function latest(outages: readonly Outage[]): readonly Outage[] {
  if (outages.length <= OUTAGES_MAX) return outages;
  return [...outages].sort((a, b) => a.fromMs - b.fromMs).slice(-OUTAGES_MAX);
}
