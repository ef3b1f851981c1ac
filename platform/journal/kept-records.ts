/** What a platform keeps of journals, read beside it: the packed records of all gateways, each once. */
import { join } from 'node:path';
import { readFrames } from './frame-file.ts';
import { JOURNAL_FILE, PACKED_FRAME } from './intake.ts';
import { Positions } from './positions.ts';
import { readPackedUpload } from './upload.ts';

export interface KeptRecord {
  readonly gateway: string;
  readonly epoch: string;
  readonly position: number;
  /** As the gateway stored it. */
  readonly stored: Uint8Array;
}

/**
 * `fraction`: how much of the file was read. Records that came as JSON are passed over. Throws RangeError when the file is
 * damaged, and what the system says.
 */
export function eachKeptRecord(
  folder: string,
  onRecord: (record: KeptRecord, fraction: number) => void,
): void {
  const seen = new Map<string, Positions>();
  readFrames(join(folder, JOURNAL_FILE), ({ kind, content }, fraction) => {
    const upload = kind === PACKED_FRAME ? readPackedUpload(content) : null;
    if (upload === null || upload === 'too_many') return;
    const { gateway, epoch, first, records } = upload;
    const positions = seen.get(`${gateway} ${epoch}`) ?? new Positions();
    seen.set(`${gateway} ${epoch}`, positions);
    for (const [i, stored] of records.entries()) {
      const position = first + i;
      // A record is there twice where an answer was wanting.
      if (positions.checksum(position) !== null) continue;
      positions.keep(position, 0);
      onRecord({ gateway, epoch, position, stored }, fraction);
    }
  });
}
