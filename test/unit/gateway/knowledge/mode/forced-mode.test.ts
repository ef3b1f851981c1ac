/** The operator's override: its file, and the watch that a gateway keeps on it. */
import {
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  type ForcedMode,
  ForcedModeError,
  forcedModeFile,
  type ModeOrder,
  parseModeOrder,
  writeModeOrder,
} from '../../../../../gateway/knowledge/mode/forced-mode.ts';
import { watchForcedMode } from '../../../../../gateway/knowledge/mode/forced-mode-watch.ts';
import { temporaryFolder } from '../../journal/temporary-folder.rig.ts';

const order = (change: Partial<ModeOrder> = {}): ModeOrder => ({
  mode: 'lists',
  by: { uid: 1_000, user: 'ops' },
  setAtMs: 1_000_000,
  untilMs: null,
  reason: null,
  ...change,
});

/** In one step: a file that is half written is a state of its own. */
function replaceFile(file: string, content: string): void {
  writeFileSync(`${file}.new`, content);
  renameSync(`${file}.new`, file);
}

describe('the file', () => {
  test.each<ModeOrder>([
    order(),
    order({ mode: 'auto', reason: 'done' }),
    order({ mode: 'closed', untilMs: 2_000_000, reason: '检修' }),
  ])('what is written is read: $mode', (each) => {
    const file = forcedModeFile(temporaryFolder());
    writeModeOrder(file, each);
    expect(parseModeOrder(readFileSync(file))).toEqual(each);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  const valid = {
    v: 1,
    mode: 'lists',
    by: { uid: 0, user: 'root' },
    set_at_ms: 1,
    until_ms: null,
    reason: null,
  };
  test.each<[string, string]>([
    ['nothing', ''],
    ['half of it', JSON.stringify(valid).slice(0, 40)],
    ['no object', '[]'],
    ['another version', JSON.stringify({ ...valid, v: 2 })],
    ['a mode that does not exist', JSON.stringify({ ...valid, mode: 'open' })],
    ['a member nobody knows', JSON.stringify({ ...valid, force: true })],
    ['an end that is no time', JSON.stringify({ ...valid, until_ms: '10m' })],
    ['nobody who set it', JSON.stringify({ ...valid, by: undefined })],
    ['too many bytes', JSON.stringify({ ...valid, reason: 'x'.repeat(5_000) })],
    ['a reason that is too long', JSON.stringify({ ...valid, reason: 'x'.repeat(501) })],
  ])('%s is refused', (_, content) => {
    expect(() => parseModeOrder(Buffer.from(content))).toThrow(ForcedModeError);
  });

  test('bytes that are no UTF-8 are refused', () => {
    const content = Buffer.from(JSON.stringify({ ...valid, reason: '?' }));
    content[content.indexOf('?')] = 0xff;
    expect(() => parseModeOrder(content)).toThrow(ForcedModeError);
  });

  test('what could not be read again is not written', () => {
    const file = forcedModeFile(temporaryFolder());
    expect(() => writeModeOrder(file, order({ reason: 'x'.repeat(501) }))).toThrow(ForcedModeError);
  });
});

function watching(file: string) {
  const clock = { wall: 1_000_000, monotonic: 0 };
  const changes: (readonly [ForcedMode['mode'] | null, ForcedMode['mode'] | null])[] = [];
  const faults: string[] = [];
  const watch = watchForcedMode({
    file,
    pauseMs: 3,
    wallClock: () => clock.wall,
    now: () => clock.monotonic,
    onChange: (previous, next) => changes.push([previous?.mode ?? null, next?.mode ?? null]),
    onFault: ({ message }) => faults.push(message),
  });
  onTestFinished(() => watch.stop());
  return { watch, clock, changes, faults };
}

describe('the watch', () => {
  test('knows what was set before it began, at once', () => {
    const file = forcedModeFile(temporaryFolder());
    writeModeOrder(file, order());
    const { watch, changes } = watching(file);
    expect(watch.current).toEqual(order());
    expect(changes).toEqual([[null, 'lists']]);
  });

  test('follows what is set, changed, freed and taken away', async () => {
    const file = forcedModeFile(temporaryFolder());
    const { watch, changes } = watching(file);
    expect(watch.current).toBe(null);
    writeModeOrder(file, order());
    await expect.poll(() => watch.current?.mode).toBe('lists');
    writeModeOrder(file, order({ mode: 'stale', reason: 'drill' }));
    await expect.poll(() => watch.current).toEqual(order({ mode: 'stale', reason: 'drill' }));
    writeModeOrder(file, order({ mode: 'auto' }));
    await expect.poll(() => watch.current).toBe(null);
    writeModeOrder(file, order({ mode: 'closed' }));
    await expect.poll(() => watch.current?.mode).toBe('closed');
    rmSync(file);
    await expect.poll(() => watch.current).toBe(null);
    expect(changes).toEqual([
      [null, 'lists'],
      ['lists', 'stale'],
      ['stale', null],
      [null, 'closed'],
      ['closed', null],
    ]);
    expect(watch.faults).toBe(0);
  });

  test('keeps what was when the file cannot be used, and counts each state of it once', async () => {
    const file = forcedModeFile(temporaryFolder());
    writeModeOrder(file, order());
    const { watch, faults, changes } = watching(file);
    replaceFile(file, 'garbage');
    await expect.poll(() => watch.faults).toBe(1);
    expect(watch.current).toEqual(order());
    replaceFile(file, 'x'.repeat(100_000));
    await expect.poll(() => watch.faults).toBe(2);
    expect(faults).toEqual(['mode.json is no JSON', 'mode.json is too large']);
    writeModeOrder(file, order({ mode: 'stale' }));
    await expect.poll(() => watch.current?.mode).toBe('stale');
    expect(changes).toEqual([
      [null, 'lists'],
      ['lists', 'stale'],
    ]);
    expect(watch.faults).toBe(2);
  });

  test('a change of its status, as when it is replaced while it is open, is no new state of it', async () => {
    const file = forcedModeFile(temporaryFolder());
    writeFileSync(file, 'garbage');
    const { watch, faults } = watching(file);
    expect(watch.faults).toBe(1);
    linkSync(file, `${file}.other`);
    // Long enough for several looks.
    await sleep(50);
    expect(faults).toEqual(['mode.json is no JSON']);
    replaceFile(file, 'rubbish');
    await expect.poll(() => watch.faults).toBe(2);
  });

  test('a file that cannot be used at the start forces nothing', () => {
    const file = forcedModeFile(temporaryFolder());
    writeFileSync(file, '{"v":1');
    const { watch } = watching(file);
    expect(watch.current).toBe(null);
    expect(watch.faults).toBe(1);
  });

  test('what is no file is a fault, and what comes after it is read', async () => {
    const file = forcedModeFile(temporaryFolder());
    writeModeOrder(file, order());
    const { watch, faults } = watching(file);
    renameSync(file, `${file}.away`);
    mkdirSync(file);
    await expect.poll(() => faults.some((message) => message.includes('EISDIR'))).toBe(true);
    rmdirSync(file);
    writeModeOrder(file, order({ mode: 'stale' }));
    await expect.poll(() => watch.current?.mode).toBe('stale');
  });

  test('an override ends by itself, for good', () => {
    const file = forcedModeFile(temporaryFolder());
    writeModeOrder(file, order({ untilMs: 1_060_000 }));
    const { watch, clock, changes } = watching(file);
    clock.wall = 1_059_999;
    expect(watch.current?.mode).toBe('lists');
    clock.wall = 1_060_000;
    expect(watch.current).toBe(null);
    clock.wall = 1_000_000;
    expect(watch.current).toBe(null);
    expect(changes).toEqual([
      [null, 'lists'],
      ['lists', null],
    ]);
  });

  test('a clock that is set back does not lengthen it', () => {
    const file = forcedModeFile(temporaryFolder());
    writeModeOrder(file, order({ untilMs: 1_060_000 }));
    const { watch, clock } = watching(file);
    clock.wall = 0;
    clock.monotonic = 59_999;
    expect(watch.current?.mode).toBe('lists');
    clock.monotonic = 60_000;
    expect(watch.current).toBe(null);
  });

  test('an override that nobody asks about ends all the same', async () => {
    const file = forcedModeFile(temporaryFolder());
    writeModeOrder(file, order({ untilMs: 1_060_000 }));
    const { clock, changes } = watching(file);
    clock.wall = 1_060_000;
    await expect.poll(() => changes.length).toBe(2);
    expect(changes[1]).toEqual(['lists', null]);
  });

  test('one that had ended before the start forces nothing', () => {
    const file = forcedModeFile(temporaryFolder());
    writeModeOrder(file, order({ untilMs: 999_999 }));
    const { watch, changes } = watching(file);
    expect(watch.current).toBe(null);
    expect(changes).toEqual([]);
  });
});
