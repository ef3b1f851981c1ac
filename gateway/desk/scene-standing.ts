/** What a scene does now: its own rules, asked with a card that holds nothing against itself. Pure. */
import type { Policy, SceneTable } from '../../config/scenes.ts';
import type { ListHead } from '../../lists/list-handle.ts';
import type { ModeState } from '../knowledge/mode/mode.ts';
import { type DecideInput, decide } from '../tap/5-decide/decide.ts';
import type { Outcome } from '../verification.ts';
import type { SceneStanding } from './desk-core.ts';

export interface StandingNow {
  readonly mode: ModeState;
  /** Of the card list; null: there is none. */
  readonly list: Pick<ListHead, 'issuedAtMs'> | null;
  readonly nowMs: number;
}

/** Of the named scenes that the table has, in their order. */
export function sceneStandings(
  names: readonly string[],
  scenes: Pick<SceneTable, 'policyOf' | 'sceneOf'>,
  now: StandingNow,
): SceneStanding[] {
  return names.flatMap((scene) => {
    const policy = scenes.policyOf(scene);
    if (policy === null) return [];
    const { families, disclose = [], show } = policy;
    const outcome = outcomeNow(policy, now);
    return [
      {
        ...{ scene, families, disclose, now: outcome },
        title: scenes.sceneOf(scene)?.title ?? null,
        words: show?.words?.[outcome] ?? null,
      },
    ];
  });
}

/** Leaves out what depends on who shows it: requirements, direction, and how much of a budget is used. */
export function outcomeNow(policy: Policy, now: StandingNow): Outcome {
  const { requires: _requires, direction: _direction, ...ofEverybody } = policy;
  return decide({
    family: policy.families[0] ?? '',
    policy: ofEverybody,
    proof: {
      ok: true,
      code: 'allow.good',
      region: policy.regions[0] ?? null,
      mode: null,
      claims: { holderBound: true },
    },
    ...{ seenBefore: false, replayableMs: 0, groups: {}, lists: {}, passage: null },
    status: statusNow(policy, now),
    atMs: now.nowMs,
    mode: now.mode.mode,
    budget: { card: 0, device: 0, outage: 0 },
  }).outcome;
}

function statusNow(
  { live }: Policy,
  { mode: { mayAskLive }, list, nowMs }: StandingNow,
): DecideInput['status'] {
  const nothingElse = { entitlements: 0, listKey: null };
  if (live !== 'never' && mayAskLive) {
    return { ...nothingElse, state: 'good', source: 'live', ageMs: 0, live: 'answered' };
  }
  const said = live === 'never' ? 'not_wanted' : 'not_asked';
  if (list === null) return { ...nothingElse, state: 'unknown', source: 'none', ageMs: 0, live: said };
  const ageMs = Math.max(0, nowMs - list.issuedAtMs);
  return { ...nothingElse, state: 'good', source: 'list', ageMs, live: said };
}
