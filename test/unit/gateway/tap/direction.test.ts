/** Entry and exit in the pipeline, where the journal fails in between. */
import { expect, test } from 'vitest';
import { parseScenes, type SceneTable } from '../../../../config/scenes.ts';
import { PRESENTABLE_FAMILIES } from '../../../../workers/families/table.ts';
import { cityDocument } from '../../../composed/city-document.rig.ts';
import { MemoryJournal, rig } from './pipeline.rig.ts';

const area = { area: 'a', inside_ms_max: 3_600_000, out_of_turn: 'deny' } as const;
const scenes: SceneTable = parseScenes(
  cityDocument({
    's/one': { service: 29, direction: { ...area, passes: 'entry', passback_ms: 1, passback: 'deny' } },
    's/two': { service: 29, direction: { ...area, passes: 'exit' } },
  }),
  PRESENTABLE_FAMILIES,
);

test('entries and exits that could not be kept moved nobody, also several at once', async () => {
  const journal = new MemoryJournal();
  const { tap } = rig({ scenes, journal });
  const fails = () => {
    journal.gate = Promise.reject(new Error('the disk'));
    journal.gate.catch(() => {});
  };
  const works = () => {
    journal.gate = Promise.resolve();
  };
  let seq = 0;
  const code = async (scene: string) => {
    seq += 1;
    return (await tap(seq, { scene })).code;
  };
  fails();
  expect(await code('s/one')).toBe('tap.journal_unavailable');
  works();
  expect(await code('s/two')).toBe('deny.not_entered');
  expect(await code('s/one')).toBe('allow.good');
  fails();
  expect(await code('s/two')).toBe('tap.journal_unavailable');
  const all = await Promise.all(['s/two', 's/one', 's/two', 's/one'].map(code));
  expect(new Set(all)).toEqual(new Set(['tap.journal_unavailable']));
  works();
  expect(await code('s/one')).toBe('deny.passback');
  expect(await code('s/two')).toBe('allow.good');
  expect(await code('s/two')).toBe('deny.not_entered');
});
