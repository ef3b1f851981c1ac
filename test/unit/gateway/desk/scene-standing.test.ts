/** What a desk is told of its scenes, mode by mode: against the city document that comes along. */
import { expect, test } from 'vitest';
import { loadScenes } from '../../../../config/scenes.ts';
import { sceneStandings } from '../../../../gateway/desk/scene-standing.ts';
import { MODES, type Mode } from '../../../../gateway/knowledge/mode/mode.ts';
import { PRESENTABLE_FAMILIES } from '../../../../workers/families/table.ts';

const NOW_MS = Date.UTC(2026, 10, 30);
const HOUR_MS = 3_600_000;
const scenes = loadScenes(PRESENTABLE_FAMILIES);

function standings(mode: Mode, { listAgeMs = 0 }: { listAgeMs?: number | null } = {}) {
  return sceneStandings(['11/desk', '11/guest', 'no/such'], scenes, {
    mode: { mode, forced: false, sinceMs: NOW_MS, mayAskLive: mode === 'live' },
    list: listAgeMs === null ? null : { issuedAtMs: NOW_MS - listAgeMs },
    nowMs: NOW_MS,
  });
}

test('each mode says what becomes of a good card, with the words of the policy', () => {
  const now = (mode: Mode) => standings(mode).map((each) => each.now);
  expect(Object.fromEntries(MODES.map((mode) => [mode, now(mode)]))).toEqual({
    live: ['allow', 'allow'],
    lists: ['allow', 'allow'],
    stale: ['allow', 'allow'],
    closed: ['refer', 'refer'],
  });
  expect(standings('closed')[0]).toEqual({
    scene: '11/desk',
    families: scenes.policyOf('11/desk')?.families,
    disclose: scenes.policyOf('11/desk')?.disclose ?? [],
    now: 'refer',
    title: { zh: '酒店前台', en: 'Hotel front desk' },
    words: { zh: '请人工核验', en: 'Look at the card and its holder' },
  });
});

test('a list older than the policy takes refers although the mode is what it was, unless the platform is asked', () => {
  const listAgeMs = 25 * HOUR_MS;
  expect(standings('stale', { listAgeMs }).map((each) => each.now)).toEqual(['refer', 'refer']);
  expect(standings('live', { listAgeMs })[0]?.now).toBe('allow');
  expect(standings('stale', { listAgeMs: null })[0]?.now).toBe('refer');
});
