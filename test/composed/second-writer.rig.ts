/** A process that writes a journal past its owner's lock. Arguments: journal folder, position. */
import { encodeRecord } from '../../gateway/journal/record/record-codec.ts';
import { positionKey } from '../../gateway/journal/record/record-keys.ts';
import { openEnvironment, openTable } from '../../gateway/storage/lmdb-environment.ts';
import { sampleRecord } from '../unit/gateway/journal/sample-records.rig.ts';

const [folder = '', position = '0'] = process.argv.slice(2);
const environment = openEnvironment({ folder, syncBeforeVisible: true, mapBytes: 1 << 30, databases: 3 });
const record = sampleRecord(Number(position), { deviceId: 'another' });
await openTable(environment, 'records')?.put(positionKey(record.position), encodeRecord(record, record.atMs));
await environment.close();
