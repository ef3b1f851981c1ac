/** What a gateway writes and tells: no card number, no account, no token is in any file, log line, metric or answer. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeToken, PlainClient } from '../protocol/plain-client.rig.ts';
import { chipTapOf, goodCards, rideCodeOf } from '../system/presentations.rig.ts';
import { type ComposedGateway, startComposed } from './composed-gateway.rig.ts';
import { formsOf, foundIn, type Needle, needlesOf } from './needles.rig.ts';

let composed: ComposedGateway;
/** Bodies of answers and frames, as they came. */
const told: Buffer[] = [];
const secrets: Needle[] = [];

beforeAll(async () => {
  composed = await startComposed({ settings: { log: { level: 'debug' } } });
});
afterAll(() => composed.stop());

test('cards are shown in every way, good, bad and damaged; then nothing that names them is anywhere', async () => {
  const { city, platform } = composed;
  const gate = await PlainClient.connect(composed.target());
  const cards = [...goodCards(city, 'sm2').slice(0, 4), ...goodCards(city, 'rsa').slice(0, 4)];
  let seq = 0;
  const tap = async (presentation: object) => {
    seq += 1;
    const { frame } = await gate.tap(seq, { scene: '29/entry', ...presentation });
    told.push(Buffer.from(frame));
  };
  for (const card of cards) {
    const [chip, code] = [chipTapOf(city, card).binary, rideCodeOf(city, card).binary];
    for (const each of [chip, code, code, damaged(chip), damaged(code)]) await tap(each);
  }
  await gate.bye();
  for (const card of cards) await byRest(card);
  while (platform.journalSummary().records < seq) await pause(50);
  const admin = await Promise.all(
    ['/metrics', '/readyz', '/livez', '/mode'].map(async (path) =>
      Buffer.from(await (await fetch(`${composed.address.admin}${path}`)).arrayBuffer()),
    ),
  );
  await composed.stopGateway();
  const needles = [...needlesOf(city), ...secrets];
  const log = Buffer.from(composed.logLines.map((line) => JSON.stringify(line)).join('\n'));
  expect(composed.logLines.length).toBeGreaterThan(3);
  expect(foundIn(log, needles)).toEqual([]);
  expect(foundIn(Buffer.concat(admin), needles)).toEqual([]);
  expect(foundIn(Buffer.concat(told), needles)).toEqual([]);
  const files = filesIn(composed.dataFolder);
  expect(files.map((file) => file.slice(composed.dataFolder.length))).toContain('/journal/data.mdb');
  for (const file of files) expect([file, ...foundIn(readFileSync(file), needles)]).toEqual([file]);
});

/** With a session, whose tokens must not be anywhere either. */
async function byRest(card: number): Promise<void> {
  const token = makeToken(composed.target('desk-1'));
  const session = await fetch(`${composed.address.http}/v1/sessions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  });
  const { token: bearer } = (await session.json()) as { token: string };
  secrets.push(written('a device token', token), written('a session token', bearer));
  for (const shown of [chipTapOf(composed.city, card), rideCodeOf(composed.city, card)]) {
    const answer = await fetch(`${composed.address.http}/v1/verifications`, {
      method: 'POST',
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
      body: JSON.stringify({ scene: '11/desk', ...shown.json }),
    });
    expect(answer.status).toBe(200);
    told.push(Buffer.from(await answer.arrayBuffer()));
  }
}

const written = (what: string, text: string): Needle => ({ what, bytes: Buffer.from(text, 'latin1') });

/** The same with a byte changed where it is signed. */
function damaged(presentation: ReturnType<typeof rideCodeOf>['binary']): object {
  const copy = structuredClone(presentation) as unknown as { credential: Record<string, unknown> };
  const { code, staticData } = copy.credential;
  const bytes = (code ?? staticData) as Uint8Array;
  const last = bytes.length - 1;
  bytes[last] = (bytes[last] ?? 0) ^ 1;
  return copy;
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).isFile());
}

test('what is looked for would be found', () => {
  const [card = 0] = goodCards(composed.city, 'sm2');
  const { pan } = composed.city.identity(card);
  expect(foundIn(Buffer.from(`a line with ${pan} in it`), formsOf('it', pan))).toEqual(['it']);
});
