/**
 * A gateway whose checkpoints a cipher machine signs, under taps: whatever becomes of the machine, taps go on, checkpoints wait
 * and catch up, and none is stored with a wrong signature.
 */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readCheckpoints } from '../../gateway/journal/log/checkpoint-file.ts';
import { isSignedBy } from '../../gateway/journal/log/checkpoint-signature.ts';
import { HolderDouble, type Manner } from '../unit/crypto/holders/holder-double.rig.ts';
import { type ComposedGateway, composeOnly } from './composed-gateway.rig.ts';
import { codesOf, startTapping } from './tapping.rig.ts';

const LABEL = '3';
let double: HolderDouble;
let composed: ComposedGateway;

beforeEach(async () => {
  double = new HolderDouble();
  await double.start();
  composed = await composeOnly({
    platform: { profiles: ['sm'] },
    settings: {
      journal: { checkpoint_ms: 20 },
      crypto: {
        profile: 'sm',
        // Gates of these tests sign as the profile of the run has it.
        changing_over: true,
        keys: {
          checkpoint: { holder: 'sdf', label: LABEL },
          ...{ deadline_ms: 200, breaker_failures: 3, breaker_open_ms: 50 },
        },
        sdf: { socket_file: double.socket },
      },
    },
  });
});
afterEach(async () => {
  double.manner = 'well';
  await composed.stop();
  await double.stop();
});

const notes = () => readCheckpoints(join(composed.dataFolder, 'journal', 'log', 'checkpoints'));
const size = () => notes().at(-1)?.size ?? 0;
const ready = async () => {
  const answer = await fetch(`${composed.address.admin}/readyz`);
  const { checks } = (await answer.json()) as { checks: Record<string, unknown> };
  return { status: answer.status, holder: checks['key_holder_sdf'], waits: checks['checkpoint_waiting_ms'] };
};
const becomes = (read: () => unknown) => expect.poll(read, { timeout: 30_000, interval: 20 });

/** Every checkpoint there is, by the public key of the machine. */
function expectAllSigned(): void {
  const { publicKey } = double.key(LABEL, 'SM2');
  expect(notes().filter((note) => !isSignedBy(note, publicKey))).toEqual([]);
}

type Trouble = Exclude<Manner, 'well'> | 'killed';

describe('a machine that', () => {
  const troubles: readonly Trouble[] = ['silent', 'late', 'wrong', 'failing', 'babbling', 'killed'];

  test.each(troubles)('is %s', async (trouble) => {
    await composed.start();
    const tapping = await startTapping(composed);
    await tapping.more(20);
    await becomes(() => size() > 0).toBe(true);

    if (trouble === 'killed') await double.kill();
    else double.manner = trouble;
    double.lateMs = 500;
    await becomes(async () => (await ready()).holder).toBe('no_answer');
    const before = size();
    await tapping.more(60);
    // None was stored meanwhile, though one was due every 20 ms.
    expect(size()).toBe(before);
    expect(await ready()).toMatchObject({ status: 200, holder: 'no_answer', waits: expect.any(Number) });
    expect(Number((await ready()).waits)).toBeGreaterThan(0);

    if (trouble === 'killed') await double.start();
    double.manner = 'well';
    await becomes(() => size() >= before + 60).toBe(true);
    await becomes(async () => (await ready()).holder).toBe('answers');
    const answers = await tapping.stop();
    expect(codesOf(answers)).toEqual({ 'allow.good': answers.length });
    await composed.stopGateway();
    expect(notes().at(-1)).toMatchObject({ size: answers.length, isStop: true });
    expectAllSigned();
    const said = composed.logLines.map(({ msg }) => msg);
    expect(said).toContain('the holder of keys does not answer as it should: what needs it waits');
    expect(said).toContain('the holder of keys answers again');
  });
});

test('is counted', async () => {
  await composed.start();
  const tapping = await startTapping(composed);
  await tapping.more(10);
  await becomes(() => size() > 0).toBe(true);
  await tapping.stop();
  const page = await (await fetch(`${composed.address.admin}/metrics`)).text();
  expect(page).toMatch(/^onecard_key_operations_total\{holder="sdf",outcome="answered"\} [1-9]/m);
  expect(page).toMatch(/^onecard_key_holder_up\{holder="sdf"\} 1$/m);
  expect(page).toMatch(/^onecard_key_seconds_count\{holder="sdf"\} [1-9]/m);
});

describe('a start', () => {
  test('without the machine: taps are decided, and checkpoints follow when it is there', async () => {
    await composed.start();
    await composed.stopGateway();
    await double.kill();
    await composed.start();
    const tapping = await startTapping(composed);
    await tapping.more(20);
    await double.start();
    await becomes(() => size() >= 20).toBe(true);
    const answers = await tapping.stop();
    expect(codesOf(answers)).toEqual({ 'allow.good': answers.length });
    expectAllSigned();
  });

  test('that is the first needs it', async () => {
    await double.kill();
    await expect(composed.start()).rejects.toThrow(
      /^the holder of the key 3 \(sdf\): the connection failed: /,
    );
  });

  test.each([
    [
      'in the other profile',
      { profile: 'international' },
      /does not change its profile: set crypto.profile back to sm/,
    ],
    [
      'without the machine in settings',
      { profile: 'sm' },
      /holds: name it in crypto.keys.checkpoint as before/,
    ],
  ] as const)('%s says that the key of before is elsewhere, and what to do', async (_, changed, said) => {
    await composed.start();
    const tapping = await startTapping(composed);
    await tapping.more(5);
    await tapping.stop();
    await composed.stopGateway();
    const keys = { ...composed.settings.crypto.keys, checkpoint: { holder: 'file' as const } };
    const crypto = { ...composed.settings.crypto, keys, ...changed };
    await expect(composed.start({}, { crypto })).rejects.toThrow(said);
    // Nothing was changed: as before it goes on.
    await composed.start({}, { crypto: composed.settings.crypto });
    const again = await startTapping(composed);
    await again.more(5);
    await again.stop();
    await composed.stopGateway();
    expect(notes().at(-1)).toMatchObject({ isStop: true });
    expectAllSigned();
  });

  test('on a machine that has another key by now is refused', async () => {
    await composed.start();
    const tapping = await startTapping(composed);
    await tapping.more(5);
    await tapping.stop();
    await composed.stopGateway();
    double.forgetKeys();
    await expect(composed.start()).rejects.toThrow(
      /its newest checkpoint was not signed with the key in sdf 3/,
    );
  });
});
