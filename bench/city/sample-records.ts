/** Records as a journal stores them, for uploads: one message's worth. */
import { encodeRecord } from '../../gateway/journal/record/record-codec.ts';
import { journalRecord } from '../fleet/journal-record.ts';
import { UPLOAD_RECORDS } from './upload-pace.ts';

const GATE = [{ deviceId: 'gate-0', stream: '0123456789abcdef0123456789abcdef' }];

/** Of ride codes that the store was asked about. */
export function sampleRecords(): readonly Buffer[] {
  return Array.from({ length: UPLOAD_RECORDS }, (_, at) => {
    const record = journalRecord(at + 1, GATE);
    const name = Buffer.alloc(16, at);
    const replay = { ...record.replay, scope: 'shared', shared: [name] } as const;
    return Buffer.from(encodeRecord({ ...record, family: 'transit-qr', replay }, record.atMs));
  });
}
