/** A code whose authorisation is remembered gets the verdict it would get anew, whatever of it is changed. */
import { expect, test } from 'vitest';
import { createCity } from '../../../platform/city.ts';
import { rideCode } from '../../../platform/issue/transit-qr.ts';
import type { ProveItem } from '../../../workers/contract.ts';
import { chooseEngine } from '../../../workers/engine/choose.ts';
import type { SignatureEngine } from '../../../workers/engine/job.ts';
import { Prover } from '../../../workers/prove.ts';

const NOW_MS = Date.UTC(2026, 10, 1);
const REMEMBERED_BYTES = 100_000;
const city = createCity({ seed: 'remembered codes', cards: 40, chips: 'sm2', now: NOW_MS });
const { engine } = chooseEngine();

const codeOf = (card: number, nowMs = NOW_MS) => rideCode({ account: city.card(card).transit, nowMs });
const item = (input: Uint8Array, atMs = NOW_MS): ProveItem => ({ family: 'transit-qr', input, atMs });

function freshProver(by: SignatureEngine = engine) {
  const prover = new Prover(by, REMEMBERED_BYTES);
  const revision = prover.loadTrust(city.trustDocument());
  return (items: readonly ProveItem[], detail = false) => prover.prove(items, revision, detail);
}

const cardOf = (version: number) => {
  for (let card = 0; card < 40; card += 1) if (codeOf(card)[0] === version) return card;
  throw new Error(`the city has no code of version ${version.toString(16)}`);
};

test.each([0x80, 0x81])('version %i: any byte changed, cut off or added', (version) => {
  const code = codeOf(cardOf(version));
  const changed = Array.from(code, (byte, at) => {
    const copy = new Uint8Array(code);
    copy[at] = byte ^ (1 << (at % 8));
    return item(copy);
  });
  const cut = [0, 1, 3, 198, code.length - 1].map((length) => item(code.subarray(0, length)));
  const items = [item(code), ...changed, ...cut, item(Uint8Array.of(...code, 0)), item(code)];
  const warm = freshProver();
  expect(warm([item(code)])[0]?.code).toBe('proof.ok');
  const anew = items.map((each) => freshProver()([each])[0]);
  expect(warm(items)).toEqual(anew);
  expect(anew.filter((verdict) => verdict?.ok).length).toBeGreaterThanOrEqual(2);
  expect(new Set(anew.map((verdict) => verdict?.code)).size).toBeGreaterThan(8);
});

test('at any time, and with the detail of every check', () => {
  const code = codeOf(cardOf(0x80));
  const warm = freshProver();
  warm([item(code)]);
  const day = 86_400_000;
  const aroundNow = [-601_000, -600_001, -600_000, -1, 0, 1, 600_000, 600_001].map((ms) => NOW_MS + ms);
  const clocks = [...aroundNow, NOW_MS + 40 * day, NOW_MS + 4_000 * day, 0, Number.NaN];
  for (const atMs of clocks) {
    const [cold] = freshProver()([item(code, atMs)], true);
    expect(warm([item(code, atMs)], true)[0], `detail at ${atMs}`).toEqual(cold);
    expect(warm([item(code, atMs)])[0], `at ${atMs}`).toEqual({ ...cold, checks: [] });
  }
  // A code of another time under the same authorisation.
  const later = NOW_MS + day;
  const [verdict] = warm([item(codeOf(cardOf(0x80), later), later)]);
  expect([verdict?.code, verdict?.facts?.nonce]).toEqual(['proof.ok', String(later / 1000)]);
});

test('an issuer gets a table at its third authorisation, not for codes shown again', () => {
  const prepared: Uint8Array[] = [];
  const prove = freshProver({ ...engine, prepare: (_, publicKey) => void prepared.push(publicKey) });
  const ofCas = prepared.length;
  const cards = Array.from({ length: 40 }, (_, card) => card).filter((card) => codeOf(card)[0] === 0x80);
  const show = (...shown: number[]) => prove(shown.map((card) => item(codeOf(card)))).map(({ code }) => code);
  const [a = 0, b = 0, c = 0, d = 0, e = 0] = cards;
  expect(show(a, b)).toEqual(['proof.ok', 'proof.ok']);
  expect(show(a, b, a)).toEqual(['proof.ok', 'proof.ok', 'proof.ok']);
  expect(prepared.length - ofCas).toBe(0);
  expect(show(c)).toEqual(['proof.ok']);
  expect(prepared.length - ofCas).toBe(1);
  expect(show(d, e)).toEqual(['proof.ok', 'proof.ok']);
  expect(prepared.length - ofCas).toBe(1);
});
