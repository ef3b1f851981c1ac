/**
 * Reports as files of fixed width in GBK, for a program of public security to take over. A file has names in it: it is for the
 * desk's user alone (mode 0600), and is deleted when each of its reports has its result. Results come as receipt files in
 * `receipts`, or are typed in.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ReportFileTable } from '../../config/hotel/report-file-schema.ts';
import { replacePrivateFile } from '../../gateway/storage/private-files.ts';
import type { LocalTime } from '../../reports/local-time.ts';
import {
  type AskedReport,
  HandoverError,
  type LineResult,
  type LineResults,
  type ReportAdapter,
} from './report-adapter.ts';
import type { ReportLine } from './report-lines.ts';
import { reportRecord } from './report-record.ts';

const RECEIPT_FILES_MAX = 1_000;
const RECEIPT_FILE_BYTES_MAX = 1_048_576;
/** `report id, receipt`, or `report id, -, why it was refused`. */
const RECEIPT_LINE =
  /^([a-z0-9][a-z0-9.-]{0,63}),(?:([A-Za-z0-9][A-Za-z0-9._/-]{2,63})|-,([^\p{Cc}]{1,256}))$/u;

interface FileAdapterOptions {
  readonly folder: string;
  readonly table: ReportFileTable;
  readonly time: Pick<LocalTime, 'textOf'>;
}

export class FileAdapter implements ReportAdapter {
  readonly name = 'file';
  readonly #options: FileAdapterOptions;

  /** Throws an error of the system when the folder cannot be made. */
  constructor(options: FileAdapterOptions) {
    this.#options = options;
    mkdirSync(join(options.folder, 'receipts'), { recursive: true, mode: 0o700 });
  }

  async test(lines: readonly ReportLine[]): Promise<ReadonlyMap<string, string>> {
    return new Map(
      lines.flatMap((line) => {
        const record = this.#record(line);
        return record.ok ? [] : [[line.report_id, record.why] as const];
      }),
    );
  }

  async send(handover: string, lines: readonly ReportLine[]): Promise<LineResults> {
    const results = new Map<string, LineResult>();
    const records = lines.flatMap((line) => {
      const record = this.#record(line);
      const result = record.ok ? ({ kind: 'pending' } as const) : refused(record.why);
      results.set(line.report_id, result);
      return record.ok ? [record.bytes] : [];
    });
    try {
      if (records.length > 0) replacePrivateFile(this.#file(handover), Buffer.concat(records));
    } catch (cause) {
      throw new HandoverError(`the file cannot be written: ${(cause as Error).message}`, false, { cause });
    }
    return results;
  }

  async receipts(asked: readonly AskedReport[]): Promise<LineResults> {
    const found = this.#found();
    return new Map(
      asked.map(({ reportId, handover, isSent }): [string, LineResult] => {
        const result = found.get(reportId);
        if (result !== undefined) return [reportId, result];
        // Whether a file was written is known from the folder where the desk ended before it could write that down.
        const isWritten = isSent || existsSync(this.#file(handover));
        return [reportId, { kind: isWritten ? 'pending' : 'unknown' }];
      }),
    );
  }

  forget(handover: string): void {
    rmSync(this.#file(handover), { force: true });
  }

  /** Bytes of a file that was written; null: there is none, or it is done. */
  read(handover: string): Buffer | null {
    const file = this.#file(handover);
    return existsSync(file) ? readFileSync(file) : null;
  }

  #file(handover: string): string {
    return join(this.#options.folder, `${handover}.txt`);
  }

  #record(line: ReportLine) {
    return reportRecord(line, this.#options.table, this.#options.time);
  }

  /** What receipt files say; lines that are none are passed over, since others write them. */
  #found(): Map<string, LineResult> {
    const folder = join(this.#options.folder, 'receipts');
    const found = new Map<string, LineResult>();
    try {
      const names = readdirSync(folder).filter((name) => name.endsWith('.csv'));
      for (const name of names.sort().slice(-RECEIPT_FILES_MAX)) {
        const file = join(folder, name);
        if (statSync(file).size > RECEIPT_FILE_BYTES_MAX) continue;
        for (const line of readFileSync(file, 'utf8').split(/\r?\n/)) {
          const [, reportId, receipt, reason] = RECEIPT_LINE.exec(line) ?? [];
          if (reportId !== undefined)
            found.set(
              reportId,
              receipt === undefined ? refused(reason ?? '') : { kind: 'accepted', receipt },
            );
        }
      }
    } catch (cause) {
      throw new HandoverError(`receipts cannot be read: ${(cause as Error).message}`, true, { cause });
    }
    return found;
  }
}

const refused = (reason: string): LineResult => ({ kind: 'rejected', reason });
