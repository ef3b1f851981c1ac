/** Of a gateway's data folder: journal, devices, receipts. Works beside a running gateway. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { CryptoProfile } from '../../config/crypto-settings.ts';
import { ALGORITHMS } from '../../crypto/algorithms.ts';
import { algorithmOf } from '../../gateway/devices/device-key.ts';
import { openDeviceStore } from '../../gateway/devices/device-store.ts';
import { hasKey, journalKeysIfThere } from '../../gateway/journal/journal-key.ts';
import type { Leftover } from './migration.ts';

export async function dataFolderLeftovers(dataDir: string, profile: CryptoProfile): Promise<Leftover[]> {
  return [journalNames(dataDir, profile), await devices(dataDir, profile)];
}

function journalNames(dataDir: string, profile: CryptoProfile): Leftover {
  const keys = journalKeysIfThere(join(dataDir, 'journal'));
  return {
    store: 'journal',
    count: hasKey(keys) && keys[profile] === null ? 1 : 0,
    unit: 'journal whose names are of the other profile alone',
    ending: 'itself',
    how: 'the next start makes a key for new records; those of before keep their names until they are trimmed',
  };
}

async function devices(dataDir: string, profile: CryptoProfile): Promise<Leftover> {
  const folder = join(dataDir, 'devices');
  const found = existsSync(join(folder, 'data.mdb')) ? await devicesOfOther(folder, profile) : [];
  return {
    store: 'devices',
    count: found.length,
    unit: `enrolled with a key of the other profile (${found.slice(0, 5).join(', ')}${found.length > 5 ? ', …' : ''})`,
    ending: 'operator',
    how: 'enrol each with a new key (onecard device enroll --replace); until then crypto.changing_over must be true',
  };
}

async function devicesOfOther(folder: string, profile: CryptoProfile): Promise<string[]> {
  const store = openDeviceStore(folder);
  try {
    return store.registry
      .list()
      .filter(({ revokedAtMs }) => revokedAtMs === null)
      .filter(({ publicKeyJwk }) => ALGORITHMS[algorithmOf(publicKeyJwk)].profile !== profile)
      .map(({ deviceId }) => deviceId);
  } finally {
    await store.close();
  }
}
