/** Health documents at a whole gateway: over WebSocket and REST, named or scanned, and only where a scene takes copies. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { cardPerson } from '../../platform/cards/person.ts';
import { presentationLine } from '../../platform/issue/presentations.ts';
import { makeToken, PlainClient, type PlainMessage } from '../protocol/plain-client.rig.ts';
import { type ComposedGateway, startComposed } from './composed-gateway.rig.ts';
import { formsOfText, foundIn } from './needles.rig.ts';

const DEVICES = [
  { deviceId: 'desk-1', class: 'desk', scenes: ['40/register', '31/desk', '11/desk'] },
] as const;
/** Takes health documents, and says who they are of; the others take them silently, and not at all. */
const REGISTER = '40/register';
const VISITORS = '31/desk';
const CARDS_ONLY = '11/desk';
const FAMILIES = ['hcert', 'shc'] as const;

const WRONG = [
  ['hcert', 'wrong-signer', 'signature.credential'],
  ['hcert', 'unknown-signer', 'trust.issuer_unknown'],
  ['hcert', 'compression-bomb', 'credential.oversized'],
  ['hcert', 'expired', 'credential.expired'],
  ['shc', 'wrong-signer', 'signature.credential'],
  ['shc', 'algorithm-none', 'credential.algorithm_unsupported'],
  ['shc', 'chunked', 'credential.chunked'],
  ['shc', 'compression-bomb', 'credential.oversized'],
] as const;

async function started() {
  const composed = await startComposed({ devices: DEVICES, settings: { log: { level: 'debug' } } });
  onTestFinished(() => composed.stop());
  const client = await PlainClient.connect(composed.target('desk-1'));
  onTestFinished(async () => void (await client.bye()));
  let seq = 0;
  const show = async (shown: Readonly<Record<string, unknown>>) => {
    seq += 1;
    return (await client.tap(seq, shown)).message;
  };
  return { composed, show };
}

function line({ city }: ComposedGateway, family: string, index: number, fault: string | null = null) {
  const atMs = Date.now();
  const { credential, context } = presentationLine(family, {
    city,
    index,
    atMs,
    mode: 'dda',
    chip: 0,
    nonce: null,
    fault,
  });
  return { family, credential, context };
}

async function verified(composed: ComposedGateway, shown: object): Promise<PlainMessage> {
  const response = await fetch(`${composed.address.http}/v1/verifications`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${makeToken(composed.target('desk-1'))}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify(shown),
  });
  return (await response.json()) as PlainMessage;
}

test.each(FAMILIES)(
  '%s passes where copies are taken, as often as it is shown, and says who it is of only there',
  async (family) => {
    const { composed, show } = await started();
    const shown = line(composed, family, 1);
    const first = await show({ ...shown, scene: REGISTER });
    expect(first).toMatchObject({
      outcome: 'allow',
      facts: { holder_bound: false, region: 'cq', document_type: expect.any(String) },
      disclosed: { full_name: expect.any(String), birth_date: expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/) },
    });
    expect(await show({ ...shown, scene: REGISTER })).toMatchObject({ outcome: 'allow' });
    const silent = await show({ ...shown, scene: VISITORS });
    expect(silent).toMatchObject({ outcome: 'allow' });
    expect(silent).not.toHaveProperty('disclosed');
    expect(await show({ ...shown, scene: CARDS_ONLY })).toMatchObject({ outcome: 'deny' });
  },
);

test.each(FAMILIES)('%s passes scanned, and over REST', async (family) => {
  const { composed, show } = await started();
  const { credential } = line(composed, family, 2);
  const scanned = { family: 'scan', credential, context: {}, scene: REGISTER };
  expect(await show(scanned)).toMatchObject({ outcome: 'allow', facts: { holder_bound: false } });
  expect(await verified(composed, scanned)).toMatchObject({ outcome: 'allow' });
  expect(await verified(composed, { ...line(composed, family, 3), scene: REGISTER })).toMatchObject({
    outcome: 'allow',
  });
});

test('what is wrong in one thing is denied with the code of that', async () => {
  const { composed, show } = await started();
  const codes: unknown[] = [];
  for (const [family, fault] of WRONG) {
    const { outcome, code } = await show({ ...line(composed, family, 4, fault), scene: REGISTER });
    codes.push([family, fault, outcome, code]);
  }
  expect(codes).toEqual(WRONG.map(([family, fault, code]) => [family, fault, 'deny', code]));
});

test('health documents pass while the platform is away', async () => {
  const { composed, show } = await started();
  composed.platform.setFault({ fault: 'down' });
  for (const family of FAMILIES) {
    const outcome = await show({ ...line(composed, family, 5), scene: REGISTER });
    expect(outcome).toMatchObject({ outcome: 'allow', facts: { holder_bound: false } });
  }
});

test('whom a health document is about stands in the answer that discloses it, and nowhere else', async () => {
  const { composed, show } = await started();
  const said: unknown[] = [];
  const silent: unknown[] = [];
  for (const family of FAMILIES) {
    for (const index of [1, 2, 3]) {
      const shown = line(composed, family, index);
      said.push(
        await show({ ...shown, scene: REGISTER }),
        await verified(composed, { ...shown, scene: REGISTER }),
      );
      silent.push(await show({ ...shown, scene: VISITORS }), await show({ ...shown, scene: CARDS_ONLY }));
      silent.push(await show({ ...line(composed, family, index, 'bad-signature'), scene: REGISTER }));
    }
  }
  const needles = [1, 2, 3].flatMap((index) => needlesOf(composed, index));
  const told = (answers: unknown[]) => foundIn(Buffer.from(JSON.stringify(answers)), needles);
  expect(told(said)).toEqual([1, 2, 3].flatMap((index) => [`name ${index}`, `birth date ${index}`]));
  expect(told(silent)).toEqual([]);
  while (composed.platform.journalSummary().records < said.length + silent.length) await pause(50);
  const metrics = Buffer.from(await (await fetch(`${composed.address.admin}/metrics`)).arrayBuffer());
  await composed.stopGateway();
  const log = Buffer.from(composed.logLines.map((each) => JSON.stringify(each)).join('\n'));
  expect([foundIn(metrics, needles), foundIn(log, needles)]).toEqual([[], []]);
  const files = readdirSync(composed.dataFolder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(composed.dataFolder, name))
    .filter((file) => statSync(file).isFile());
  expect(files.length).toBeGreaterThan(1);
  for (const file of files) expect([file, ...foundIn(readFileSync(file), needles)]).toEqual([file]);
});

function needlesOf(composed: ComposedGateway, index: number) {
  const { city } = composed;
  const { familyName, givenName, birthDate } = cardPerson(city.seed, index);
  return [
    ...formsOfText(`name ${index}`, `${givenName} ${familyName}`),
    ...formsOfText(`subject ${index}`, JSON.stringify([familyName, givenName, birthDate])),
    ...formsOfText(`birth date ${index}`, birthDate),
    ...formsOfText(`certificate ${index}`, `URN:UVCI:01:CN:${String(index).padStart(10, '0')}`),
    ...FAMILIES.flatMap((family) =>
      formsOfText(
        `${family} ${index}`,
        (line(composed, family, index).credential as { readonly text: string }).text,
      ),
    ),
  ];
}
