/** Of a gateway's data folder: journal, devices, receipts. Works beside a running gateway. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type CryptoProfile, otherProfile } from '../../config/crypto-settings.ts';
import { ALGORITHMS } from '../../crypto/algorithms.ts';
import { algorithmOf } from '../../gateway/devices/device-key.ts';
import { openDeviceStore } from '../../gateway/devices/device-store.ts';
import { hasKey, journalKeysIfThere } from '../../gateway/journal/journal-key.ts';
import { CHECKPOINT_KEY_FILE, checkpointKeyFileOf } from '../../gateway/journal/log/checkpoint-key.ts';
import type { Leftover } from './migration.ts';

/** `checkpointKey`: where settings put it; default: in the folder. */
export async function dataFolderLeftovers(
  dataDir: string,
  profile: CryptoProfile,
  checkpointKey = join(dataDir, CHECKPOINT_KEY_FILE),
): Promise<Leftover[]> {
  return [
    journalNames(dataDir, profile),
    checkpoints(checkpointKey, profile),
    await devices(dataDir, profile),
  ];
}

/** A key that is held elsewhere has no file, and nothing is left of it here. */
function checkpoints(file: string, profile: CryptoProfile): Leftover {
  const isThere = (each: CryptoProfile) => existsSync(checkpointKeyFileOf(file, each));
  return {
    store: 'checkpoints',
    count: isThere(otherProfile(profile)) && !isThere(profile) ? 1 : 0,
    unit: 'tree of the other profile alone',
    ending: 'itself',
    how: 'the next start closes it with a last checkpoint and goes on under a key of this profile; it verifies as before',
  };
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
