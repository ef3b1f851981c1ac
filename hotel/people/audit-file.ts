/** The audit log on disk. Entries that come at once are made durable at once; each is answered when it is. */
import { type FileHandle, open, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { CryptoProfile } from '../../config/crypto-settings.ts';
import { makePrivateFolder, PRIVATE_FILE_MODE, syncFolder } from '../../gateway/storage/private-files.ts';
import { HotelError } from '../hotel-error.ts';
import type { AuditEntry, AuditLog } from './audit.ts';
import { CHAIN_START, type ChainEnd, type ChainedEntry, chainLine, readLine } from './audit-chain.ts';
import { AuditHead, readHead } from './audit-head.ts';
import { AUDIT_DAMAGED, entriesAfter, HEAD_FILE, linesOf, segmentName, segmentsIn } from './audit-walk.ts';

export interface AuditFileOptions {
  /** Of the log alone. */
  readonly folder: string;
  readonly key: Buffer;
  /** Whose algorithms entries are chained by from now on. */
  readonly profile: CryptoProfile;
  readonly now: () => number;
  /** Told where the log ends, now and then: somebody who keeps it elsewhere can tell a log that was put back. */
  readonly onEnd: (end: ChainEnd) => void;
  /** What is on disk is not what was written. It is left as it is, and a chain begins anew. */
  readonly onDamage: (what: string) => void;
  /** Others of the desk's files are there: so there was a log. */
  readonly mustExist: boolean;
}

const SEGMENT_BYTES = 4_194_304;
const TELL_MS = 600_000;

interface Waiting {
  readonly entry: AuditEntry;
  readonly resolve: () => void;
  readonly reject: (cause: Error) => void;
}

interface OpenSegment {
  readonly file: FileHandle;
  readonly path: string;
  readonly bytes: number;
}

export class AuditFile implements AuditLog {
  readonly #options: AuditFileOptions;
  readonly #head: AuditHead;
  #end: ChainEnd;
  #segment: OpenSegment | null;
  /** A write failed: what it left behind is cut off before the next. */
  #isTorn = false;
  #waiting: Waiting[] = [];
  #running: Promise<void> | null = null;
  #toldAtMs = Number.NEGATIVE_INFINITY;

  private constructor(
    options: AuditFileOptions,
    head: AuditHead,
    end: ChainEnd,
    segment: OpenSegment | null,
  ) {
    this.#options = options;
    this.#head = head;
    this.#end = end;
    this.#segment = segment;
  }

  /** Rejects with HotelError `unusable` when the folder cannot be used. */
  static async open(options: AuditFileOptions): Promise<AuditFile> {
    try {
      const { folder, key, profile, onDamage } = options;
      makePrivateFolder(folder);
      const there = lastOf(options);
      const segment =
        there.damage === null && there.path !== null ? await cutTo(there.path, there.bytes) : null;
      const log = new AuditFile(
        options,
        await AuditHead.open(join(folder, HEAD_FILE), key, profile),
        there.end,
        segment,
      );
      if (there.damage !== null) {
        onDamage(there.damage);
        const entry = { action: AUDIT_DAMAGED, actor: 'start', subjects: [], reason: there.damage };
        await log.append({ ...entry, atMs: options.now() });
      }
      log.#tell(true);
      return log;
    } catch (cause) {
      if (cause instanceof HotelError) throw cause;
      throw new HotelError('unusable', `the audit log cannot be used: ${(cause as Error).message}`, {
        cause,
      });
    }
  }

  get lastSeq(): number {
    return this.#end.seq;
  }

  /** Entries after the one of that number, in order. */
  read(after: number, limit: number): readonly ChainedEntry[] {
    return entriesAfter(this.#options.folder, after, this.#end.seq, limit);
  }

  append(entry: AuditEntry): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entry, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  async close(): Promise<void> {
    await this.#running;
    this.#tell(true);
    await this.#segment?.file.close();
    await this.#head.close();
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const taken = this.#waiting;
      this.#waiting = [];
      try {
        await this.#write(taken.map(({ entry }) => entry));
        for (const { resolve } of taken) resolve();
        this.#tell(false);
      } catch (cause) {
        this.#isTorn = true;
        const error = new HotelError('store_unavailable', 'the audit log cannot be written', { cause });
        for (const { reject } of taken) reject(error);
      }
    }
    // In the same turn that saw nothing waiting: what is added from now on starts it again.
    this.#running = null;
  }

  async #write(entries: readonly AuditEntry[]): Promise<void> {
    const segment = await this.#segmentToWrite();
    let text = '';
    let end = this.#end;
    const { key, profile } = this.#options;
    for (const entry of entries) {
      const chained = chainLine(entry, end, key, profile);
      text += `${chained.line}\n`;
      end = chained.end;
    }
    const bytes = Buffer.from(text, 'utf8');
    await segment.file.appendFile(bytes);
    await segment.file.datasync();
    await this.#head.write(end);
    this.#segment = { ...segment, bytes: segment.bytes + bytes.length };
    this.#end = end;
  }

  async #segmentToWrite(): Promise<OpenSegment> {
    const { folder } = this.#options;
    const segment = this.#segment;
    if (segment !== null && this.#isTorn) await segment.file.truncate(segment.bytes);
    this.#isTorn = false;
    if (segment !== null && segment.bytes < SEGMENT_BYTES) return segment;
    const path = join(folder, segmentName(this.#end.seq + 1));
    // One that a write left behind which was not answered is empty, or is made so.
    const file = await open(path, 'a', PRIVATE_FILE_MODE);
    await file.truncate(0);
    syncFolder(folder);
    await segment?.file.close();
    this.#segment = { file, path, bytes: 0 };
    return this.#segment;
  }

  #tell(always: boolean): void {
    const { now, onEnd } = this.#options;
    if (!always && now() - this.#toldAtMs < TELL_MS) return;
    this.#toldAtMs = now();
    onEnd(this.#end);
  }
}

interface There {
  readonly end: ChainEnd;
  /** Null: there is none yet. */
  readonly path: string | null;
  /** Up to where it holds. */
  readonly bytes: number;
  readonly damage: string | null;
}

/** Checks the last file: up to the head it must hold; after that it may have been half written when the power went. */
function lastOf({ folder, key, mustExist }: AuditFileOptions): There {
  const segment = segmentsIn(folder).at(-1);
  const head = readHead(join(folder, HEAD_FILE), key).end;
  if (segment === undefined) {
    const damage = mustExist || head !== null ? 'the log is missing' : null;
    return { end: { ...CHAIN_START, seq: head?.seq ?? 0 }, path: null, bytes: 0, damage };
  }
  const lines = linesOf(segment);
  let end = startOf(lines[0], segment.firstSeq, head);
  let [bytes, isHeadThere] = [0, head !== null && head.seq === end.seq && head.hash === end.hash];
  for (const line of lines) {
    const read = readLine(line, end, key);
    if (typeof read === 'string') break;
    end = read.end;
    bytes += Buffer.byteLength(line, 'utf8') + 1;
    isHeadThere ||= head?.seq === end.seq && head.hash === end.hash;
  }
  const isFirstEver = head === null && segment.firstSeq === 1 && !mustExist;
  if (isHeadThere || isFirstEver) return { end, path: segment.path, bytes, damage: null };
  const seq = Math.max(end.seq, head?.seq ?? 0, segment.firstSeq + lines.length);
  const damage =
    head === null
      ? 'its head is missing'
      : `entries up to ${head.seq} were there, and are changed or cut off`;
  return { end: { ...CHAIN_START, seq }, path: null, bytes: 0, damage };
}

/** The line before the first is in another file: the head says its hash, or else the first line itself, under the key. */
function startOf(first: string | undefined, firstSeq: number, head: ChainEnd | null): ChainEnd {
  if (head?.seq === firstSeq - 1) return head;
  const prev = /"prev":"([0-9a-f]{64})"/.exec(first ?? '')?.[1];
  return { seq: firstSeq - 1, hash: prev ?? CHAIN_START.hash };
}

async function cutTo(path: string, bytes: number): Promise<OpenSegment> {
  await truncate(path, bytes);
  return { file: await open(path, 'a', PRIVATE_FILE_MODE), path, bytes };
}
