/** The journals that a report is made from: of gateways that run or are stopped, or kept by a platform, one after another. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CRYPTO_PROFILES } from '../config/crypto-settings.ts';
import type { SceneTable } from '../config/scenes.ts';
import { keyFingerprint } from '../gateway/journal/journal-identity.ts';
import { journalKeysIfThere } from '../gateway/journal/journal-key.ts';
import { type JournalReader, openJournalReader, readable } from '../gateway/journal/journal-reader.ts';
import { type Pseudonyms, pseudonymsIfThere } from '../gateway/journal/pseudonym.ts';
import type { DecisionRecord } from '../gateway/journal/record/record.ts';
import { decodeRecord } from '../gateway/journal/record/record-codec.ts';
import { JOURNAL_FILE } from '../platform/journal/intake.ts';
import { eachKeptRecord } from '../platform/journal/kept-records.ts';
import { cardBitsOf, groupsHeld } from '../reports/groups-held.ts';
import type { Tapped } from '../reports/tapped.ts';
import { toHex } from '../workers/codecs/hex.ts';
import { PRESENTABLE_FAMILIES } from '../workers/families/table.ts';
import { groupsIn } from './planned-city.ts';
import { startProgress } from './progress.ts';
import { UnusableError } from './unusable.ts';

export interface ReportJournal {
  readonly folder: string;
  /** Who keeps it: the gateway that decided, or a platform, for many. */
  readonly keeper: 'gateway' | 'platform';
  /** Of each profile that it was kept in; none where its keys are not there. */
  readonly pseudonyms: readonly Pseudonyms[];
  /** Tells keys apart without showing one. */
  readonly keyName: string;
}

export interface Span {
  /** Milliseconds since 1970 UTC; null: no bound. */
  readonly fromMs: number | null;
  readonly untilMs: number | null;
}

/** `dirs`: data folders of gateways, their journals' own, or a platform's. Throws UnusableError. */
export function reportJournals(dirs: readonly string[]): ReportJournal[] {
  const journals = dirs.map((dir, i) => journalIn(resolve(dir), `journal ${i}`));
  const folders = journals.map(({ folder }) => folder);
  const twice = folders.find((folder, i) => folders.indexOf(folder) !== i);
  if (twice !== undefined) throw new UnusableError(`${twice} is given twice: its taps would count twice`);
  return journals;
}

function journalIn(folder: string, name: string): ReportJournal {
  const found = [join(folder, 'journal'), folder].find((each) => existsSync(join(each, 'data.mdb')));
  if (found !== undefined) {
    const keys = journalKeysIfThere(found);
    const prints = CRYPTO_PROFILES.flatMap((profile) => {
      const key = keys[profile];
      return key === null ? [] : [keyFingerprint(key, profile)];
    });
    const pseudonyms = CRYPTO_PROFILES.flatMap((profile) => pseudonymsIfThere(found, profile) ?? []);
    return { folder: found, keeper: 'gateway', pseudonyms, keyName: prints[0] ?? name };
  }
  if (existsSync(join(folder, JOURNAL_FILE)))
    return { folder, keeper: 'platform', pseudonyms: [], keyName: name };
  throw new UnusableError(
    `there is no journal in ${folder}: give a gateway's data folder, its data_dir, or that of a platform`,
  );
}

/** Hands on every decision of a span, and shows how far it is. Returns how many damaged records were passed over. */
export function eachTapped(
  journals: readonly ReportJournal[],
  span: Span,
  scenes: SceneTable,
  onTapped: (tapped: Tapped) => void,
): Promise<number> {
  const city = {
    services: new Map(scenes.described.map(({ scene, service }) => [scene, service])),
    cardBits: cardBitsOf(groupsIn(scenes)),
  };
  return eachRecord(journals, span, (record, { keyName }) => onTapped(tappedOf(record, keyName, city)));
}

/** As `eachTapped`, the records themselves. */
export async function eachRecord(
  journals: readonly ReportJournal[],
  span: Span,
  onRecord: (record: DecisionRecord, journal: ReportJournal) => void,
): Promise<number> {
  const epochs = new Map<string, string>();
  const progress = startProgress();
  let damaged = 0;
  try {
    for (const [i, journal] of journals.entries()) {
      const onEach = (record: DecisionRecord, fraction: number, keyName = journal.keyName) => {
        progress.at((i + fraction) / journals.length, `position ${record.position} of ${journal.folder}`);
        onRecord(record, { ...journal, keyName });
      };
      damaged +=
        journal.keeper === 'platform'
          ? readKept(journal, span, epochs, onEach)
          : await readGateway(journal, span, epochs, onEach);
    }
  } finally {
    progress.done();
  }
  return damaged;
}

type OnEach = (record: DecisionRecord, fraction: number, keyName?: string) => void;

async function readGateway(
  { folder }: ReportJournal,
  span: Span,
  epochs: Map<string, string>,
  onEach: OnEach,
): Promise<number> {
  const reader = openJournalReader(folder);
  try {
    for (const epoch of reader.everyEpoch) refuseCopy(epoch, folder, epochs);
    return readOne(reader, span, onEach);
  } finally {
    await reader.close();
  }
}

/** Of a platform: the journals of many gateways, each with a key that is not here. */
function readKept(
  { folder }: ReportJournal,
  span: Span,
  epochs: Map<string, string>,
  onEach: OnEach,
): number {
  let damaged = 0;
  const onDamaged = () => {
    damaged += 1;
  };
  try {
    eachKeptRecord(folder, ({ gateway, epoch, position, stored }, fraction) => {
      refuseCopy(epoch, folder, epochs);
      const record = readable(() => decodeRecord(position, stored).record, onDamaged);
      if (record !== null && isWithin(record, span)) onEach(record, fraction, `gateway ${gateway}`);
    });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UnusableError(error.message, { cause: error });
  }
  return damaged;
}

/** A copy of a journal holds the same decisions. */
function refuseCopy(epoch: string, folder: string, epochs: Map<string, string>): void {
  const other = epochs.get(epoch) ?? folder;
  epochs.set(epoch, other);
  if (other === folder) return;
  throw new UnusableError(
    `${folder} holds what ${other} holds, as a copy does: its taps would count twice, so give one of them`,
  );
}

function isWithin({ atMs }: DecisionRecord, { fromMs, untilMs }: Span): boolean {
  return (fromMs === null || atMs >= fromMs) && (untilMs === null || atMs < untilMs);
}

function readOne(reader: JournalReader, span: Span, onRecord: OnEach): number {
  const { fromMs } = span;
  let damaged = 0;
  const onDamaged = () => {
    damaged += 1;
  };
  // Looking for the first position passes damaged records too: each is counted once, below.
  const after = fromMs === null ? 0 : reader.lastBefore(fromMs, () => {});
  const first = Math.max(after, reader.firstPosition - 1);
  const last = reader.lastPosition;
  for (const record of reader.allAfter(first, onDamaged)) {
    if (isWithin(record, span)) onRecord(record, (record.position - first) / Math.max(1, last - first));
  }
  return damaged;
}

interface CityNames {
  /** By scene. */
  readonly services: ReadonlyMap<string, number>;
  /** By group. */
  readonly cardBits: ReadonlyMap<string, number>;
}

function tappedOf(record: DecisionRecord, keyName: string, { services, cardBits }: CityNames): Tapped {
  const { tap, atMs, scene, family, answer, proof } = record;
  return {
    atMs,
    gateway: answer.decisionId.split(':')[0] ?? '',
    device: tap.deviceId,
    scene,
    service: services.get(scene) ?? serviceInName(scene),
    outcome: answer.outcome,
    proven: proof.ok,
    cardMode: proof.ok ? (PRESENTABLE_FAMILIES.get(family)?.cardMode ?? null) : null,
    region: proof.region,
    groups: proof.ok ? groupsHeld(record, cardBits) : [],
    subject: proof.subject && toHex(proof.subject),
    key: keyName,
  };
}

/** Of a scene that is no more: its name begins with the number. */
function serviceInName(scene: string): number | null {
  const [, number] = /^(\d{1,5})\//.exec(scene) ?? [];
  return number === undefined ? null : Number(number);
}
