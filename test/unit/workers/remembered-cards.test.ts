/** A chip card that is remembered gets the verdict it would get anew, whatever of its showing is changed. */
import { describe, expect, test } from 'vitest';
import { createCity } from '../../../platform/city.ts';
import type { ProveItem } from '../../../workers/contract.ts';
import { chooseEngine } from '../../../workers/engine/choose.ts';
import { binForm } from '../../../workers/families/byte-form.ts';
import { type ChipOdaInput, chipOda } from '../../../workers/families/chip-oda/family.ts';
import { CHIP_MODES, type ChipMode, type DataObjects } from '../../../workers/families/chip-oda/input.ts';
import { Prover } from '../../../workers/prove.ts';

const NOW_MS = Date.UTC(2026, 10, 20, 8);
const DAY_MS = 86_400_000;
const REMEMBERED_BYTES = 1_000_000;
const city = createCity({ seed: 'remembered cards', cards: 4, now: NOW_MS });
const trust = city.trustDocument();
const { engine } = chooseEngine();
/** Cards take turns between the algorithms. */
const CARDS = { sm2: 0, rsa: 1 } as const;
const ROWS = (['sm2', 'rsa'] as const).flatMap((alg) => CHIP_MODES.map((mode) => [alg, mode] as const));

function freshProver() {
  const prover = new Prover(engine, REMEMBERED_BYTES);
  const revision = prover.loadTrust(trust);
  const prove = (items: readonly ProveItem[], detail = false) => prover.prove(items, revision, detail);
  return { prover, prove };
}

const item = (input: ChipOdaInput, atMs = NOW_MS): ProveItem => ({ family: 'chip-oda', input, atMs });

function inputOf(card: number, mode: ChipMode, number = 1): ChipOdaInput {
  const terminal = {
    '9F37': Uint8Array.of(0x63, 0xaf, 0xc6, number),
    '9F02': Uint8Array.of(0, 0, 0, 0, 1, 0),
    '5F2A': Uint8Array.of(0x01, 0x56),
  };
  const { credential, context } = city.card(card).chip.tap({ mode, terminal });
  return chipOda.read(credential, context, binForm);
}

/** Each value with a bit changed, cut, made longer, left out; and each of the changing ones added where it is not. */
function changedObjects(objects: DataObjects): DataObjects[] {
  const changed: DataObjects[] = [];
  for (const [tag, value] of Object.entries(objects)) {
    for (const at of [0, 1, value.length >> 1, value.length - 1]) {
      const copy = new Uint8Array(value);
      copy[at] = (copy[at] ?? 0) ^ (1 << (at % 8));
      changed.push({ ...objects, [tag]: copy });
    }
    changed.push({ ...objects, [tag]: value.subarray(1) }, { ...objects, [tag]: Uint8Array.of(...value, 0) });
    const { [tag]: _, ...others } = objects;
    changed.push(others);
  }
  for (const tag of [
    '5A',
    '57',
    '93',
    '9F10',
    '9F26',
    '9F27',
    '9F36',
    '9F49',
    '9F4A',
    '9F69',
    '5F24',
    '5F25',
  ]) {
    if (objects[tag] === undefined) changed.push({ ...objects, [tag]: Uint8Array.of(1, 2) });
  }
  return changed;
}

function changedInputs(input: ChipOdaInput): ChipOdaInput[] {
  const changed: ChipOdaInput[] = [
    ...changedObjects(input.tags).map((tags) => ({ ...input, tags })),
    ...changedObjects(input.terminal).map((terminal) => ({ ...input, terminal })),
    ...CHIP_MODES.map((mode) => ({ ...input, mode })),
    { ...input, ambiguous: true },
    { ...input, transactionData: null },
    { ...input, transactionData: Uint8Array.of(1, 2, 3) },
    { ...input, staticData: input.staticData.subarray(1) },
    { ...input, staticData: Uint8Array.of(...input.staticData, 0) },
    { ...input, staticData: new Uint8Array(4_096) },
  ];
  for (let at = 0; at < input.staticData.length; at += 3) {
    const staticData = new Uint8Array(input.staticData);
    staticData[at] = (staticData[at] ?? 0) ^ 0x11;
    changed.push({ ...input, staticData });
  }
  return changed;
}

describe.each(ROWS)('%s, %s', (alg, mode) => {
  const card = CARDS[alg];
  const input = inputOf(card, mode);

  test('whatever is changed', () => {
    const inputs = [input, ...changedInputs(input), inputOf(card, mode, 2), inputOf(card + 2, mode), input];
    const { prove, prover } = freshProver();
    expect(prove([item(input)])[0]?.code).toBe('proof.ok');
    const anew = inputs.map((each) => freshProver().prove([item(each)])[0]);
    prover.takeStats();
    expect(prove(inputs.map((each) => item(each)))).toEqual(anew);
    expect(prover.takeStats().chainHits).toBeGreaterThan(8);
    expect(anew.filter((verdict) => verdict?.ok).length).toBeGreaterThanOrEqual(4);
    expect(new Set(anew.map((verdict) => verdict?.code)).size).toBeGreaterThan(6);
  });

  test('at any time, and with the detail of every check', () => {
    const { prove } = freshProver();
    prove([item(input)]);
    const days = [-20_000, -4_000, -400, 0, 400, 2_000, 4_000, 20_000].map((day) => NOW_MS + day * DAY_MS);
    for (const atMs of [...days, Number.NaN]) {
      const [cold] = freshProver().prove([item(input, atMs)], true);
      expect(prove([item(input, atMs)], true)[0], `detail at ${atMs}`).toEqual(cold);
      expect(prove([item(input, atMs)])[0], `at ${atMs}`).toEqual({ ...cold, checks: [] });
    }
  });
});
