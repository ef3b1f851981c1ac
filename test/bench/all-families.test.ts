/** `onecard bench gates --family all`: every family that may be presented is shown at a gateway, and rightly judged. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { CHALLENGED_FAMILIES, OTHER_FAMILIES } from '../../bench/fleet/other-families.ts';
import { SHOWN_FAMILIES } from '../../platform/issue/presentations.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const ARGS = ['--family', 'all', '--cards', '120', '--rate', '60', '--seconds', '2', '--connections', '2'];
/** Judged rightly is what is asked here, whatever else the machine does. */
const PATIENT = { deadline_gate_ms: 20_000, deadline_desk_ms: 20_000, deadline_batch_ms: 20_000 };
const UNTIMED = ['--fail-on', 'p99=any,refused=any', '--settings', JSON.stringify({ limits: PATIENT })];

test('those that are issued are those that it shows', () => {
  const shown = [...OTHER_FAMILIES, ...CHALLENGED_FAMILIES].map(({ family }) => family);
  expect(['transit-qr', 'chip-oda', ...shown].toSorted()).toEqual(SHOWN_FAMILIES.toSorted());
});

test.each([
  ['replay', 'replays and colds are of ride codes and chips'],
  ['cold', 'replays and colds are of ride codes and chips'],
  ['fleet', 'what is exported is not signed when it is shown'],
])('bench %s says that it shows no other family: %s', (profile) => {
  const { status, stderr } = spawnSync(
    join(ROOT, 'node_modules/.bin/node'),
    [
      join(ROOT, 'bench/main.ts'),
      profile,
      '--family',
      'mdoc',
      '--cards',
      '20',
      '--export',
      join(tmpdir(), 'onecard-none'),
    ],
    { encoding: 'utf8' },
  );
  expect(status, stderr).toBe(2);
  expect(stderr).toMatch(/transit-qr, chip-oda or both/);
});

test('each is judged as it should be, those that sign a challenge of the gateway too', () => {
  const folder = mkdtempSync(join(tmpdir(), 'onecard-all-families-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const places = ['--fleets', join(folder, 'fleets'), '--out', join(folder, 'report')];
  const { status, stderr, stdout } = spawnSync(
    join(ROOT, 'node_modules/.bin/node'),
    [join(ROOT, 'bench/main.ts'), 'gates', ...ARGS, ...UNTIMED, ...places],
    { encoding: 'utf8' },
  );
  expect(status, stdout + stderr).toBe(0);
  // Vitest asks its children for colours where it stands at a terminal itself.
  expect(stripVTControlCharacters(stdout)).toMatch(/^✓ PASSED/);
  const { figures } = JSON.parse(readFileSync(join(folder, 'report', 'result.json'), 'utf8')) as {
    readonly figures: readonly { readonly name: string; readonly value: number }[];
  };
  for (const { family } of CHALLENGED_FAMILIES) {
    const judged = figures.find(({ name }) => name === `${family}, each with a challenge: judged`);
    expect(judged?.value).toBeGreaterThan(0);
  }
}, 120_000);
