/** Taps of both SM2 families run through the native engine, with the keys of CAs and issuers prepared. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCity } from '../../../../platform/city.ts';
import { rideCode } from '../../../../platform/issue/transit-qr.ts';
import { toHex } from '../../../../workers/codecs/hex.ts';
import type { ProveItem } from '../../../../workers/contract.ts';
import { chooseEngine } from '../../../../workers/engine/choose.ts';
import type { Job, SignatureEngine } from '../../../../workers/engine/job.ts';
import { binForm } from '../../../../workers/families/byte-form.ts';
import { familyNamed } from '../../../../workers/families/table.ts';
import { Prover } from '../../../../workers/prove.ts';
import { PlainClient } from '../../../protocol/plain-client.rig.ts';
import { type GatewayUnderTest, startGateway } from '../../../system/gateway-under-test.rig.ts';
import { chipTapOf, goodCards, rideCodeOf } from '../../../system/presentations.rig.ts';
import { engines, nativeAddon, nativeEngines } from './back-ends.rig.ts';

const isNative = nativeEngines.length > 0;

describe.skipIf(!isNative)('in one thread', () => {
  const nowMs = Date.UTC(2026, 10, 20, 8);
  const city = createCity({ seed: 'engine taps', cards: 40, now: nowMs, chips: 'sm2' });
  const { engine } = chooseEngine();
  const seen: Job[] = [];
  const prepared = new Set<string>();
  const watched: SignatureEngine = {
    ...engine,
    prepare: (curve, publicKey) => {
      prepared.add(toHex(publicKey));
      engine.prepare(curve, publicKey);
    },
    verify: (jobs) => {
      seen.push(...jobs);
      return engine.verify(jobs);
    },
  };
  const prover = new Prover(watched, 100_000);

  const chipItem = (card: number): ProveItem => {
    const { credential, context } = city.card(card).chip.tap({
      mode: 'dda',
      terminal: {
        '9F37': Uint8Array.of(1, 2, 3, card),
        '9F02': new Uint8Array(6),
        '5F2A': Uint8Array.of(1, 0x56),
      },
    });
    const input = familyNamed('chip-oda')?.read(credential, context, binForm);
    return { family: 'chip-oda', input, atMs: nowMs };
  };
  const codeItem = (card: number): ProveItem => {
    const code = rideCode({ account: city.card(card).transit, nowMs });
    return { family: 'transit-qr', input: code, atMs: nowMs };
  };

  test('every signature of a tap is a job; those of CAs and issuers have prepared keys', () => {
    const before = nativeAddon?.preparedKeys() ?? 0;
    const revision = prover.loadTrust(city.trustDocument());
    const ofCas = nativeAddon?.preparedKeys() ?? 0;
    expect(ofCas).toBeGreaterThan(before);
    const cards = [0, 1, 2, 3];
    for (const item of [chipItem, codeItem]) {
      const verdicts = cards.map((card) => prover.prove([item(card)], revision, false)[0]?.code);
      expect(verdicts).toEqual(cards.map(() => 'proof.ok'));
    }
    // Issuers were prepared when their chain was proven.
    expect(nativeAddon?.preparedKeys()).toBeGreaterThan(ofCas);

    // Later taps of the same issuers: the card certificate, or authorisation, is under a prepared key.
    seen.length = 0;
    for (const item of [chipItem, codeItem]) {
      const verdicts = prover.prove([10, 11, 12, 13].map(item), revision, false);
      expect(verdicts.map(({ code }) => code)).toEqual(Array(4).fill('proof.ok'));
    }
    expect(seen.every(({ curve }) => curve === 'sm2')).toBe(true);
    const withPrepared = seen.filter(({ publicKey }) => prepared.has(toHex(publicKey))).length;
    expect(withPrepared).toBeGreaterThanOrEqual(8);
    expect(seen.length - withPrepared).toBeGreaterThanOrEqual(8);
  });
});

describe('in a gateway', () => {
  let gateway: GatewayUnderTest;
  beforeAll(async () => {
    gateway = await startGateway({ cards: 40 });
  });
  afterAll(() => gateway.stop());

  test('the metrics and the start log say which engine runs and what it verified', async () => {
    const { city } = gateway;
    const client = await PlainClient.connect(gateway.target());
    const cards = goodCards(city, 'sm2').slice(0, 4);
    const shown = cards.flatMap((card) => [rideCodeOf(city, card), chipTapOf(city, card)]);
    const answers = await Promise.all(shown.map(({ binary }, seq) => client.tap(seq, binary)));
    expect(answers.map(({ message }) => message['code'])).toEqual(shown.map(() => 'allow.good'));
    await client.bye();

    const name = engines[0]?.name;
    const metrics = await (await fetch(`${gateway.admin}/metrics`)).text();
    expect(metrics).toContain(`onecard_engine_info{engine="${name}"} 1\n`);
    const [, signatures = '0'] =
      metrics.match(new RegExp(`^onecard_signatures_total\\{engine="${name}"\\} (\\d+)$`, 'm')) ?? [];
    // At least authorisation and user signature, card certificate and dynamic signature.
    expect(Number(signatures)).toBeGreaterThanOrEqual(4 * cards.length);
    const passed = chooseEngine().considered.filter(({ whyNot }) => whyNot !== null);
    expect(await gateway.logged('listening')).toMatchObject({
      engine: name,
      engines_passed_over: passed.map(({ name, whyNot }) => `${name}: ${whyNot}`),
    });
  });
});
