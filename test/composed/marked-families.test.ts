/** What every family says of a person is in no file, log line, metric or upload; only in the answer whose scene asks for it. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deskSessions } from '../../cli/demo/desk-client.ts';
import { DESK_SCENES } from '../../cli/demo/visitors.ts';
import { presentationLine, SHOWN_FAMILIES } from '../../platform/issue/presentations.ts';
import { createVerifier } from '../../verify/index.ts';
import { familyNamed } from '../../workers/families/table.ts';
import { type ComposedGateway, startComposed } from './composed-gateway.rig.ts';
import { formsOfText, foundIn, type Needle } from './needles.rig.ts';

const DESK = 'desk-9';
const CARDS = 3;
/** Too common to name anybody. */
const OF_MANY = ['sex', 'nationality', 'birth_date'];

let composed: ComposedGateway;
const needles: Needle[] = [];
/** Answers without what they disclose. */
const told: string[] = [];
/** By family, the names of claims that were disclosed. */
const disclosed = new Map<string, Set<string>>();

beforeAll(async () => {
  composed = await startComposed({
    settings: { log: { level: 'debug' } },
    devices: [{ deviceId: DESK, class: 'desk', scenes: DESK_SCENES }],
  });
});
afterAll(() => composed.stop());

test('every family is shown at each desk; then nothing that names its holder is anywhere', async () => {
  const { city, address } = composed;
  const { gatewayId, deviceId, privateKey } = composed.target(DESK);
  const session = deskSessions({ deviceId, gatewayId, privateKey: privateKey as never }, () => address.http);
  const verifier = createVerifier(city.trustDocument());
  const post = async (path: string, body: object): Promise<Record<string, unknown>> => {
    const reply = await fetch(address.http + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${await session()}` },
      body: JSON.stringify(body),
    });
    return (await reply.json()) as Record<string, unknown>;
  };
  let shown = 0;
  for (const family of SHOWN_FAMILIES) {
    for (const scene of DESK_SCENES) {
      for (let index = 0; index < CARDS; index += 1) {
        const { challenge } = await post('/v1/challenges', { scene });
        const line = presentationLine(family, {
          ...{ city, index, atMs: Date.now(), mode: 'dda', chip: 0, nonce: `${scene} ${index}`, fault: null },
          ...(familyNamed(family)?.challenge === 'required' && {
            challenge: new Uint8Array(Buffer.from(String(challenge), 'base64url')),
          }),
        });
        needlesOf(verifier, line);
        const { disclosed: said, ...answer } = await post('/v1/verifications', {
          ...{ family, scene, credential: line.credential, context: line.context },
        });
        expect(answer['outcome'], `${family} at ${scene}: ${JSON.stringify(answer)}`).toBeDefined();
        told.push(JSON.stringify(answer));
        for (const claim of Object.keys(said ?? {})) {
          disclosed.set(family, (disclosed.get(family) ?? new Set()).add(`${scene} ${claim}`));
        }
        shown += 1;
      }
    }
  }
  while (composed.platform.journalSummary().records < shown) await pause(50);
  const metrics = await (await fetch(`${address.admin}/metrics`)).text();
  await composed.stopGateway();
  expect(needles.length).toBeGreaterThan(SHOWN_FAMILIES.length * CARDS * 4);
  const log = composed.logLines.map((each) => JSON.stringify(each)).join('\n');
  for (const text of [log, metrics, told.join('\n')]) {
    expect(foundIn(Buffer.from(text), needles)).toEqual([]);
  }
  for (const file of filesIn(composed.dataFolder)) {
    expect([file, ...foundIn(readFileSync(file), needles)]).toEqual([file]);
  }
});

test('only scenes that ask for claims were told any, and only those they name', () => {
  const all = [...disclosed.values()].flatMap((each) => [...each]);
  expect(all.length).toBeGreaterThan(0);
  expect(all.filter((each) => each.startsWith('31/desk'))).toEqual([]);
  expect(all.filter((each) => each.startsWith('40/register')).map((each) => each.split(' ')[1])).toEqual(
    expect.arrayContaining(['birth_date']),
  );
  expect(all).not.toContain('40/register document_number');
});

/** What the presentation says of its holder, as whoever verifies it alone is told; and the text that was shown. */
function needlesOf(
  verifier: ReturnType<typeof createVerifier>,
  line: ReturnType<typeof presentationLine>,
): void {
  const [proof] = verifier.verify([line]);
  expect(proof?.ok, `${line.family}: ${proof?.code}`).toBe(true);
  const { facts } = proof ?? {};
  const said = Object.entries({
    ...facts?.disclosed,
    subject: facts?.subject,
    credential: facts?.credentialId,
  });
  for (const [name, value] of said) {
    const text = String(value ?? '');
    if (OF_MANY.includes(name) || text.length < 4) continue;
    needles.push(...formsOfText(`${line.family} ${name}`, text.slice(0, 64)));
  }
  const { text } = line.credential as { readonly text?: string };
  if (text !== undefined) {
    needles.push({
      what: `${line.family} text`,
      bytes: Buffer.from(text.length > 90 ? text.slice(40, 90) : text, 'latin1'),
    });
  }
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).isFile());
}
