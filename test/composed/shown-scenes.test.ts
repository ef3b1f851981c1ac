/** What a gate shows: with each answer for the groups that are held, and with the scene, over REST. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Group, Scene } from '../../config/policy-schema.ts';
import { openJournalReader } from '../../gateway/journal/journal-reader.ts';
import { TEST_PROFILE } from '../crypto-profile.rig.ts';
import { makeToken, PlainClient } from '../protocol/plain-client.rig.ts';
import { chipTapOf, goodCards } from '../system/presentations.rig.ts';
import { temporaryFolder } from '../unit/gateway/journal/temporary-folder.rig.ts';
import { cityDocument } from './city-document.rig.ts';
import { type ComposedGateway, startComposed } from './composed-gateway.rig.ts';

const BITS = { senior: 0, student: 1, disabled: 2 } as const;
const words = (zh: string, en: string) => ({ zh, en });
const GROUPS: Group[] = Object.entries(BITS).map(([group, bit]) => ({
  ...{ group, title: words('组', group) },
  from: [{ card_bit: bit }, { list: 'members' }],
}));
const show = {
  ...{ lane: 'general', fare: 'full' },
  groups: [
    { group: 'disabled', wide_gate: true },
    { group: 'senior', fare: 'free', lane: 'left', words: words('老年卡', 'Senior') },
    { group: 'student', fare: 'half' },
  ],
  words: { allow: words('请通行', 'Please pass') },
};
const SCENES: Readonly<Record<string, Partial<Scene>>> = {
  '29/entry': { show, title: words('进站', 'Entry'), receipts: ['identity'] },
  '29/seniors': {
    show,
    requires: [
      { group: 'senior', else: 'refer' },
      { member_of: 'members', else: 'deny' },
    ],
  },
  '29/plain': {},
};

async function started(): Promise<ComposedGateway> {
  const file = join(temporaryFolder(), 'city.json');
  writeFileSync(file, JSON.stringify(cityDocument(SCENES, GROUPS)));
  const composed = await startComposed({
    cards: 400,
    settings: { city: file },
    devices: [{ deviceId: 'gate-1', class: 'gate', scenes: ['29/entry', '29/seniors'] }],
  });
  onTestFinished(() => composed.stop());
  return composed;
}

/** By the bits of the card, written without the gateway's rules. */
function expectedFacts(bits: number): Record<string, unknown> {
  const held = (Object.keys(BITS) as (keyof typeof BITS)[]).filter((group) => (bits >>> BITS[group]) & 1);
  const [isSenior, isStudent] = [held.includes('senior'), held.includes('student')];
  return {
    ...(held.length > 0 && { groups: held.join(',') }),
    ...(held.includes('disabled') && { wide_gate: true }),
    lane: isSenior ? 'left' : 'general',
    fare: isSenior ? 'free' : isStudent ? 'half' : 'full',
  };
}

test('each answer has what the first of the groups says that are held; refused, only the groups and why', async () => {
  const composed = await started();
  const client = await PlainClient.connect(composed.target());
  onTestFinished(async () => void (await client.bye()));
  const seen = new Set<string>();
  let seq = 0;
  const tap = async (card: number, scene: string) => {
    seq += 1;
    const { message } = await client.tap(seq, { scene, ...chipTapOf(composed.city, card).binary });
    return { code: message['code'], facts: message['facts'] as Record<string, unknown> };
  };
  for (const card of goodCards(composed.city, 'sm2')) {
    const { code, facts } = await tap(card, '29/entry');
    const expected = expectedFacts(Number(facts['entitlements']));
    expect(code).toBe('allow.good');
    for (const name of ['groups', 'lane', 'fare', 'wide_gate']) expect(facts[name]).toBe(expected[name]);
    expect(Object.keys(facts)).toEqual(Object.keys(facts).toSorted());
    if (seen.has(JSON.stringify(expected))) continue;
    seen.add(JSON.stringify(expected));
    const isSenior = String(expected['groups'] ?? '').includes('senior');
    const refused = await tap(card, '29/seniors');
    // Of the list that is not there nobody can say; of the group the card has said.
    expect(refused.code).toBe('deny.named_list_missing');
    expect(refused.facts['groups']).toBe(expected['groups']);
    expect(refused.facts).toMatchObject({ requirement: 'member_of:members' });
    expect(refused.facts).not.toHaveProperty('lane');
    if (isSenior) expect(refused.facts['groups']).toContain('senior');
  }
  expect(seen.size).toBeGreaterThan(2);

  await composed.stopGateway();
  const reader = openJournalReader(join(composed.dataFolder, 'journal'));
  const records = [...reader.allAfter(0, (error) => expect.fail(error.message))];
  await reader.close();
  for (const { v, groups, lists, status } of records) {
    expect(v).toBe(TEST_PROFILE === 'sm' ? 5 : 4);
    expect(lists).toEqual({ members: 'no_list' });
    for (const [group, bit] of Object.entries(BITS)) {
      expect(groups[group]).toBe((status.entitlements >>> bit) & 1 ? 'card' : 'none');
    }
  }
}, 120_000);

test('a device learns of its scenes what it shows there, and nothing of others', async () => {
  const composed = await started();
  const { http } = composed.address;
  const session = await sessionOf(composed);
  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(`${http}${path}`, { headers: { Authorization: `Bearer ${session}`, ...headers } });
  const all = await get('/v1/scenes');
  expect(all.status).toBe(200);
  const { revision, scenes } = (await all.json()) as { revision: string; scenes: Record<string, unknown>[] };
  expect(revision).toMatch(/^of-the-test\+[0-9a-f]{8}$/);
  expect(scenes.map(({ scene }) => scene)).toEqual(['29/entry', '29/seniors']);
  const one = await get('/v1/scenes/29%2Fentry');
  expect(await one.json()).toEqual({
    ...{ revision, scene: '29/entry', service: 29, point: 'gate', title: words('进站', 'Entry') },
    ...{ families: ['chip-oda', 'transit-qr'], regions: ['cq'], receipts: ['identity'], show },
  });
  const etag = one.headers.get('etag') ?? '';
  expect((await get('/v1/scenes/29%2Fentry', { 'If-None-Match': etag })).status).toBe(304);
  expect((await get('/v1/scenes/29%2Fentry', { 'If-None-Match': `"other", W/${etag}` })).status).toBe(304);
  expect((await get('/v1/scenes/29%2Fentry', { 'If-None-Match': '"other"' })).status).toBe(200);
  expect((await get('/v1/scenes', { 'If-None-Match': etag })).status).toBe(200);
  for (const scene of ['29%2Fplain', '29%2Fnone', '%ff', 'x']) {
    expect(await (await get(`/v1/scenes/${scene}`)).json()).toMatchObject({ code: 'tap.scene_not_allowed' });
  }
  expect(await (await fetch(`${http}/v1/scenes`)).json()).toMatchObject({ code: 'auth.missing' });
});

async function sessionOf(composed: ComposedGateway): Promise<string> {
  const answer = await fetch(`${composed.address.http}/v1/sessions`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${makeToken(composed.target())}` },
  });
  return ((await answer.json()) as { token: string }).token;
}
