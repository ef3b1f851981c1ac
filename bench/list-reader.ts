/** The fresh process of `bench lists`: loads the list, asks it, and prints its figures as one JSON object. */
import { CardList } from '../lists/card-list.ts';
import { readListFile } from '../lists/list-file.ts';
import type { CardStatus } from '../lists/list-handle.ts';
import { type SyntheticCards, syntheticCards } from './list-cards.ts';

export interface ListFigures {
  /** From opening the file to the first answer, its SHA-256 checked. */
  readonly ready_ms: number;
  /** What the process holds more after loading than before, MiB (2^20 bytes). */
  readonly resident_growth_mib: number;
  readonly lookup_ns: {
    readonly present: number;
    readonly absent: number;
    /** Key given. */
    readonly present_without_hashing: number;
    readonly absent_without_hashing: number;
    /** In the same run: a Map of strings in this process's own memory. */
    readonly map_of_1m_strings: number;
  } | null;
  readonly checked: number;
  readonly wrong_present: number;
  readonly wrong_absent: number;
}

const MIB = 1_048_576;
const SAMPLES = 1_000_000;

const [file = '', sha256 = '', cardsText = '0', seedText = '0', what = 'all'] = process.argv.slice(2);
process.stdout.write(JSON.stringify(await figures(Number(cardsText), syntheticCards(Number(seedText)))));

async function figures(cards: number, source: SyntheticCards): Promise<ListFigures> {
  const before = resident();
  const started = performance.now();
  const handle = await readListFile(file, { maxCards: cards, digest: sha256 });
  const list = new CardList(handle);
  list.lookup(source.issuerOf(0), source.idOf(0));
  const ready = performance.now() - started;
  const growth = resident() - before;
  const loaded = { ready_ms: ready, resident_growth_mib: growth / MIB };
  if (what === 'load') return { ...loaded, lookup_ns: null, checked: 0, wrong_present: 0, wrong_absent: 0 };
  const lookup = lookups(list, cards, source);
  return { ...loaded, lookup_ns: lookup, checked: 2 * cards, ...checkAll(list, cards, source) };
}

function resident(): number {
  globalThis.gc?.();
  return process.memoryUsage.rss();
}

function lookups(
  list: CardList,
  cards: number,
  source: SyntheticCards,
): NonNullable<ListFigures['lookup_ns']> {
  const asked = Array.from({ length: SAMPLES }, (_, i) => Math.imul(i, 0x9e3779b1) >>> 0).map(
    (i) => i % cards,
  );
  const issuers = asked.map((card) => source.issuerOf(card));
  const present = asked.map((card) => source.idOf(card));
  const absent = asked.map((card) => source.absentIdOf(card));
  const presentKeys = present.map((id, i) => list.keyOf(issuers[i] as string, id));
  const absentKeys = absent.map((id, i) => list.keyOf(issuers[i] as string, id));
  const map = new Map(present.map((id, i) => [`${issuers[i]}/${id}`, i]));
  const mapKeys = present.map((id, i) => Buffer.from(`${issuers[i]}/${id}`).toString());
  return {
    present: nsEach((i) => list.lookup(issuers[i] as string, present[i] as string)),
    absent: nsEach((i) => list.lookup(issuers[i] as string, absent[i] as string)),
    present_without_hashing: nsEach((i) =>
      list.lookupKey(issuers[i] as string, presentKeys[i] as Uint8Array),
    ),
    absent_without_hashing: nsEach((i) => list.lookupKey(issuers[i] as string, absentKeys[i] as Uint8Array)),
    map_of_1m_strings: nsEach((i) => map.get(mapKeys[i] as string)),
  };
}

/** Nanoseconds for each of the samples, the better of three rounds. */
function nsEach(ask: (i: number) => CardStatus | number | undefined): number {
  let best = Number.POSITIVE_INFINITY;
  let answered = 0;
  for (let round = 0; round < 3; round += 1) {
    const started = process.hrtime.bigint();
    for (let i = 0; i < SAMPLES; i += 1) if (ask(i) !== undefined) answered += 1;
    best = Math.min(best, Number(process.hrtime.bigint() - started) / SAMPLES);
  }
  if (answered !== 3 * SAMPLES) throw new Error('a look-up was not answered');
  return best;
}

/** Every card on the list, and as many that are not. */
function checkAll(list: CardList, cards: number, source: SyntheticCards) {
  let present = 0;
  let absent = 0;
  for (let card = 0; card < cards; card += 1) {
    const issuer = source.issuerOf(card);
    const { state, entitlements } = list.lookup(issuer, source.idOf(card));
    if (state !== source.stateOf(card) || entitlements !== source.entitlementsOf(card)) present += 1;
    if (list.lookup(issuer, source.absentIdOf(card)).state !== 'unknown') absent += 1;
  }
  return { wrong_present: present, wrong_absent: absent };
}
