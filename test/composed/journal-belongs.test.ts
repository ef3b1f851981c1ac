/** An empty, deleted or foreign data file, or another's key, started silently, and used credentials passed again. */
import {
  copyFileSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { JOURNAL_KEY_FILES } from '../../gateway/journal/journal-key.ts';
import { openEnvironment, openTable } from '../../gateway/storage/lmdb-environment.ts';
import { TEST_PROFILE } from '../crypto-profile.rig.ts';
import { type ComposedGateway, composeOnly, startComposed } from './composed-gateway.rig.ts';
import { allOf, codesOf, type Shown, shownBy } from './used-codes.rig.ts';

const KEY = JOURNAL_KEY_FILES[TEST_PROFILE];

const TAPS = 6;

interface Used {
  readonly gateway: ComposedGateway;
  readonly journal: string;
  readonly shown: readonly Shown[];
}

/** A gateway that was stopped after some credentials had been used. */
async function used(ofOneTest = true): Promise<Used> {
  const gateway = await startComposed();
  if (ofOneTest) onTestFinished(() => gateway.stop());
  const shown = shownBy(gateway, TAPS);
  expect(await codesOf(gateway, shown)).toEqual(allOf('allow.good', TAPS));
  await gateway.stopGateway();
  return { gateway, journal: join(gateway.dataFolder, 'journal'), shown };
}

async function refusal(gateway: ComposedGateway): Promise<string> {
  const error: unknown = await gateway.start().catch((cause: unknown) => cause);
  if (error === undefined) await gateway.stopGateway();
  expect(error, 'the start is refused').toMatchObject({ name: 'JournalError', code: 'unusable' });
  const { message } = error as Error;
  expect(message).toContain('onecard journal restore');
  expect(message).toContain('onecard serve --new-journal');
  return message;
}

/** Of another gateway, which used no credential. */
let foreign: string;

beforeAll(async () => {
  const other = await startComposed({ settings: { gateway_id: 'gw-other' } });
  await other.stopGateway();
  foreign = `${other.folder}-journal`;
  cpSync(join(other.dataFolder, 'journal'), foreign, { recursive: true });
  await other.stop();
  return () => rmSync(foreign, { recursive: true, force: true });
});

describe('what was exchanged refuses the start, and is told', () => {
  let it: Used;
  beforeAll(async () => {
    it = await used(false);
    return () => it.gateway.stop();
  });
  const removeData = (journal: string) => {
    for (const name of readdirSync(journal).filter((each) => each.endsWith('.mdb')))
      rmSync(join(journal, name));
  };
  test.each<[string, (journal: string) => void, RegExp]>([
    ['an emptied data file', (j) => writeFileSync(join(j, 'data.mdb'), ''), /data\.mdb is empty/],
    ['a deleted data file', removeData, /its data file .*data\.mdb is missing/],
    ['a deleted folder', (j) => rmSync(j, { recursive: true }), /the journal is gone/],
    ['a deleted key', (j) => rmSync(join(j, KEY)), new RegExp(`its key ${KEY} is missing`)],
    [
      'another gateway’s data file',
      (j) => copyFileSync(join(foreign, 'data.mdb'), join(j, 'data.mdb')),
      /this gateway \(gateway_id\) is of gateway gw-test, and its data file is of gateway gw-other/,
    ],
    [
      'another gateway’s key',
      (j) => copyFileSync(join(foreign, KEY), join(j, KEY)),
      /its key journal\S*\.key is of the key \S+, and its data file is of the key \S+/,
    ],
    [
      'another gateway’s data file and key',
      (j) => cpSync(foreign, j, { recursive: true, force: true }),
      /is of gateway gw-test, and its data file is of gateway gw-other/,
    ],
    ['a key that is cut off', (j) => writeFileSync(join(j, KEY), 'short'), /holds 5 bytes, and a key has 32/],
  ])('%s', async (_, exchange, told) => {
    const { gateway, journal } = it;
    const kept = `${journal}-kept`;
    cpSync(journal, kept, { recursive: true });
    exchange(journal);
    try {
      expect(await refusal(gateway)).toMatch(told);
    } finally {
      rmSync(journal, { recursive: true, force: true });
      renameSync(kept, journal);
    }
  });

  test('and once what was there is put back, everything goes on as it was', async () => {
    const { gateway, shown } = it;
    await gateway.start();
    expect(await codesOf(gateway, shown)).toEqual(allOf('deny.replayed', TAPS));
    await gateway.stopGateway();
  });

  test('a fresh data file of this gateway’s own is of another epoch', async () => {
    const { gateway, journal } = await used();
    const kept = readFileSync(join(gateway.dataFolder, 'journal-identity.json'));
    removeData(journal);
    rmSync(join(journal, KEY));
    rmSync(join(gateway.dataFolder, 'journal-identity.json'));
    // Who removes all else and leaves the log has not made a journal that is new.
    expect(await refusal(gateway)).toMatch(
      /does not hold to its log: its checkpoints are of a journal with the key/,
    );
    rmSync(join(journal, 'log'), { recursive: true });
    removeData(journal);
    rmSync(join(journal, KEY));
    rmSync(join(gateway.dataFolder, 'journal-identity.json'), { force: true });
    await gateway.start();
    await gateway.stopGateway();
    writeFileSync(join(gateway.dataFolder, 'journal-identity.json'), kept);
    expect(await refusal(gateway)).toMatch(/of the key (sm3:)?[0-9a-f]{16}/);
  });

  test('another gateway_id in the settings', async () => {
    const { gateway } = await used();
    const renamed = await composeOnly({ settings: { gateway_id: 'gw-new', data_dir: gateway.dataFolder } });
    onTestFinished(() => renamed.stop());
    expect(await refusal(renamed)).toMatch(
      /this gateway \(gateway_id\) is of gateway gw-new, and its data file is of gateway gw-test/,
    );
  });
});

describe('--new-journal', () => {
  test('begins a new one, keeps the old one aside, and says what is lost', async () => {
    const { gateway, journal, shown } = await used();
    copyFileSync(join(foreign, KEY), join(journal, KEY));
    await refusal(gateway);
    await gateway.start({ newJournal: true });
    const said = gateway.logLines.find(({ msg }) => String(msg).startsWith('a new journal was begun'));
    expect(said?.['level']).toBe('error');
    expect(Date.parse(String(said?.['may_pass_again_until']))).toBeGreaterThan(Date.now());
    expect(said?.['unconfirmed_records']).toEqual(expect.any(Number));
    const aside = String(said?.['set_aside']);
    expect(readdirSync(aside)).toEqual(expect.arrayContaining(['data.mdb', KEY, 'journal-identity.json']));
    expect(await codesOf(gateway, shown)).toEqual(allOf('allow.good', TAPS));
    await gateway.stopGateway();
    // Left in a unit file it would lose the journal with every start.
    const again: unknown = await gateway.start({ newJournal: true }).catch((cause: unknown) => cause);
    expect((again as Error).message).toMatch(/was begun by --new-journal at .*: start without --new-journal/);
    await gateway.start();
    expect(await codesOf(gateway, shown)).toEqual(allOf('deny.replayed', TAPS));
  });

  test('where there is none yet it changes nothing', async () => {
    const gateway = await composeOnly();
    onTestFinished(() => gateway.stop());
    await gateway.start({ newJournal: true });
    expect(readdirSync(gateway.dataFolder).filter((name) => name.includes('aside'))).toEqual([]);
  });
});

describe('what is no fault', () => {
  test('a first start, also one that was cut off before the journal was made', async () => {
    const gateway = await composeOnly();
    onTestFinished(() => gateway.stop());
    writeFileSync(join(gateway.dataFolder, 'journal-identity.json'), '{"making":true}\n');
    await gateway.start();
    expect(await codesOf(gateway, shownBy(gateway, 1))).toEqual(['allow.good']);
    await gateway.stopGateway();
    // Cut off between the data file and the file beside it.
    writeFileSync(join(gateway.dataFolder, 'journal-identity.json'), '{"making":true}\n');
    await gateway.start();
    const beside = JSON.parse(readFileSync(join(gateway.dataFolder, 'journal-identity.json'), 'utf8'));
    expect(beside).toEqual({
      gateway_id: 'gw-test',
      epoch: expect.stringMatching(/^[0-9a-f]{16}$/),
      key_fingerprint: expect.stringMatching(/^(sm3:)?[0-9a-f]{16}$/),
    });
  });

  test('a journal of an earlier version is taken over once, if it is this gateway’s', async () => {
    const { gateway, journal, shown } = await used();
    const forget = async () => {
      const environment = openEnvironment({
        folder: journal,
        syncBeforeVisible: true,
        mapBytes: 1 << 30,
        databases: 3,
      });
      await openTable(environment, 'cursors')?.remove(Buffer.from('identity'));
      await environment.close();
      rmSync(join(gateway.dataFolder, 'journal-identity.json'));
    };
    await forget();
    await gateway.start();
    const taken = () =>
      gateway.logLines.filter(({ msg }) => String(msg).includes('of an earlier version')).length;
    expect(taken()).toBe(1);
    expect(await codesOf(gateway, shown)).toEqual(allOf('deny.replayed', TAPS));
    await gateway.stopGateway();
    await gateway.start();
    expect(taken()).toBe(1);
    await gateway.stopGateway();
    await forget();
    const other = await composeOnly({ settings: { gateway_id: 'gw-new', data_dir: gateway.dataFolder } });
    onTestFinished(() => other.stop());
    expect(await refusal(other)).toMatch(/is of gateway gw-new, and its newest record is of gateway gw-test/);
    expect(existsSync(join(gateway.dataFolder, 'journal-identity.json'))).toBe(false);
  });
});
