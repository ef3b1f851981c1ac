/** `bench/policy.ts` measures decisions that are all right, at scenes that ask as much as it says. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const script = fileURLToPath(new URL('../../bench/policy.ts', import.meta.url));

test('every tap passes, at 300 scenes, and every kind of scene has its figures', () => {
  const { stdout, status } = spawnSync(
    process.execPath,
    [script, '--taps', '512', '--rounds', '1', '--seed', 'a test', '--json'],
    { encoding: 'utf8' },
  );
  expect(status).toBe(0);
  const said = JSON.parse(stdout);
  expect(said).toMatchObject({
    seed: 'a test',
    scenes: 300,
    wrong_decisions: 0,
    codes: { 'allow.good': 5_120 },
  });
  expect(said.figures.map(({ asks }: { asks: string }) => asks)).toEqual([
    ...['nothing', 'groups', 'requirements', 'direction', 'everything'],
  ]);
  expect(said.machine).toMatchObject({ node: process.version });
});
