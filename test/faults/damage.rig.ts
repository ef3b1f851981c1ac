/** Damage to a journal by somebody who knows where its records are. */
import { openEnvironment, openTable } from '../../gateway/storage/lmdb-environment.ts';

const BYTE = 40;

/** Changes one bit of the newest record of a journal's folder. */
export async function flipABitOfTheNewest(folder: string): Promise<void> {
  const environment = openEnvironment({ folder, syncBeforeVisible: true, mapBytes: 2 ** 30, databases: 3 });
  const records = openTable(environment, 'records');
  if (records === null) throw new Error('the folder holds no journal');
  for (const { key, value } of records.getRange({ reverse: true, limit: 1 })) {
    const bytes = Buffer.from(value);
    bytes[BYTE] = (bytes[BYTE] ?? 0) ^ 1;
    await records.put(Buffer.from(key), bytes);
  }
  await environment.close();
}
