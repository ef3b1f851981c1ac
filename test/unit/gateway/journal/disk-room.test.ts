/** When the journal's file is written ahead: not while commits come fast and the disk has plenty. */
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { DiskRoom } from '../../../../gateway/journal/disk-room.ts';
import { becomes } from '../../../outage/outage.rig.ts';
import { temporaryFolder } from './temporary-folder.rig.ts';

const MIB = 1_048_576;
const AHEAD_BYTES = 4 * MIB;
const RESERVE_BYTES = 64 * MIB;
/** Clearly more than is called calm. */
const FAST_BYTES = 256 * 1_024;
const PLENTY_BYTES = 1_024 * MIB;
const SCARCE_BYTES = RESERVE_BYTES + 16 * MIB;

test('records that come fast on a disk with plenty let the file grow with its commits; when it gets calm it is ahead again', async () => {
  const room = watched();
  await room.lengthBecomes((bytes) => bytes === AHEAD_BYTES);
  room.grows = true;
  await room.looks(4);
  const { lengthBytes } = room;
  expect(room.endBytes).toBeGreaterThan(3 * FAST_BYTES);
  await room.looks(4);
  expect(room.lengthBytes).toBe(lengthBytes);
  room.grows = false;
  await room.lengthBecomes((bytes) => bytes >= room.endBytes + AHEAD_BYTES);
});

test('records that come fast on a disk whose room gets scarce: the file is written ahead of them', async () => {
  const room = watched();
  await room.lengthBecomes((bytes) => bytes === AHEAD_BYTES);
  room.grows = true;
  room.freeBytes = SCARCE_BYTES;
  await room.looks(8);
  expect(room.lengthBytes).toBeGreaterThan(AHEAD_BYTES + FAST_BYTES);
});

class WatchedRoom {
  readonly #file = join(temporaryFolder(), 'data.mdb');
  freeBytes = PLENTY_BYTES;
  grows = false;
  endBytes = 0;
  #looks = 0;

  constructor() {
    writeFileSync(this.#file, '');
    const watched = {
      file: this.#file,
      maxBytes: 1_024 * MIB,
      endBytes: () => this.endBytes,
      usedBytes: () => this.endBytes,
    };
    const room = new DiskRoom(watched, {
      reserveBytes: RESERVE_BYTES,
      aheadBytes: AHEAD_BYTES,
      tickMs: 1,
      freeBytes: async () => this.#looked(),
    });
    onTestFinished(() => room.stop());
  }

  get lengthBytes(): number {
    return statSync(this.#file).size;
  }

  async looks(count: number): Promise<void> {
    const wanted = this.#looks + count;
    await becomes(
      'the disk was looked at',
      () => this.#looks,
      (looks) => looks >= wanted,
    );
  }

  async lengthBecomes(isRight: (bytes: number) => boolean): Promise<void> {
    await becomes('the file has its length', () => this.lengthBytes, isRight);
  }

  #looked(): number {
    this.#looks += 1;
    if (this.grows) this.endBytes += FAST_BYTES;
    return this.freeBytes;
  }
}

const watched = () => new WatchedRoom();
