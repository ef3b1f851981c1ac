/** `onecard policy explain`, as somebody types it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { cityDocument } from '../composed/city-document.rig.ts';
import { MAIN } from '../system/gateway-under-test.rig.ts';

const title = { zh: '老年人', en: 'Seniors' };
const folder = mkdtempSync(join(tmpdir(), 'onecard-test-'));
afterAll(() => rmSync(folder, { recursive: true }));
const city = join(folder, 'city.json');
writeFileSync(
  city,
  JSON.stringify(
    cityDocument(
      {
        '29/entry': {
          requires: [{ group: 'senior', else: 'refer', unknown: 'deny' }],
          direction: {
            ...{ area: 'metro', passes: 'entry', passback_ms: 60_000, passback: 'deny' },
            ...{ out_of_turn: 'refer', inside_ms_max: 3_600_000 },
          },
          show: { lane: 'left', fare: 'full', groups: [{ group: 'senior', fare: 'free' }] },
        },
        '29/exit': {
          direction: { area: 'metro', passes: 'exit', out_of_turn: 'allow', inside_ms_max: 3_600_000 },
        },
        '29/plain': {},
      },
      [{ group: 'senior', title, from: [{ card_bit: 0 }, { list: 'seniors' }] }],
    ),
  ),
);

function explained(...args: string[]) {
  return spawnSync(process.execPath, [MAIN, 'policy', 'explain', '--city', city, ...args], {
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
}
const json = (...args: string[]) => JSON.parse(explained('--scene', '29/entry', '--json', ...args).stdout);

test('says what is decided, by which row, what each looked at, and what would change it', () => {
  const { stdout, status } = explained('--scene', '29/entry');
  expect(status).toBe(0);
  expect(stdout).toContain('REFER  refer.requirement_not_met');
  expect(stdout).toContain(
    '=> 13  another requirement, known not to be met: group:senior: not_met -> refer.requirement_not_met',
  );
  expect(stdout).toMatch(/^ {3} 3 {2}region not of the scene: cq; the scene takes cq$/m);
  expect(stdout).toMatch(/^ {2}as senior +allow\.good$/m);
  expect(stdout).toMatch(/^ {2}state lost +deny\.status_lost$/m);
});

test.each<[string[], object]>([
  [
    ['--as', 'senior'],
    {
      code: 'allow.good',
      groups: { senior: 'card' },
      shown: { groups: 'senior', lane: 'left', fare: 'free' },
    },
  ],
  [['--as', 'senior', '--state', 'unknown'], { code: 'deny.status_unknown', groups: { senior: 'list' } }],
  [['--bit', '0'], { code: 'allow.good' }],
  [
    ['--state', 'unknown', '--list', 'seniors=no_list'],
    { code: 'deny.requirement_unknown', requirement: 'group:senior' },
  ],
  [['--as', 'senior', '--inside', '5'], { code: 'deny.passback' }],
  [['--as', 'senior', '--inside', '61'], { code: 'refer.entered_twice' }],
  [['--as', 'senior', '--outside'], { code: 'allow.good' }],
  [['--as', 'senior', '--mode', 'closed', '--inside', '5'], { code: 'deny.passback' }],
  [
    ['--as', 'senior', '--mode', 'stale', '--spent'],
    { code: 'deny.risk_budget_spent', budget: 'deny.risk_budget_spent' },
  ],
  [['--family', 'mdoc'], { code: 'deny.family_not_accepted' }],
  [['--region', 'sc'], { code: 'deny.region_not_accepted' }],
  [['--used'], { code: 'deny.replayed' }],
])('%j', (args, expected) => {
  expect(json(...args)).toMatchObject(expected);
});

test.each<[string[], string]>([
  [['--scene', '29/entri'], 'there is no scene 29/entri; did you mean 29/entry?'],
  [['--scene', '29/entry', '--family', 'chip-odd'], 'there is no family chip-odd; did you mean chip-oda?'],
  [
    ['--scene', '29/plain', '--as', 'senior'],
    'does not ask whether somebody belongs to senior: it asks for none',
  ],
  [['--scene', '29/plain', '--inside'], 'the scene has no direction'],
  [['--scene', '29/entry', '--list', 'seniors=yes'], 'one of member, absent, no_list'],
])('%j is told with its remedy, and ends with 2', (args, says) => {
  const { status, stderr } = explained(...args);
  expect(status).toBe(2);
  expect(stderr).toContain(says);
});
