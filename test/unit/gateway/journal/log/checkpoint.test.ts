/** Checkpoints as text: the forms of C2SP, and nothing else is believed. */
import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type Checkpoint,
  isSignedBy,
  keyId,
  readCheckpoint,
  signCheckpoint,
  verifierKey,
} from '../../../../../gateway/journal/log/checkpoint.ts';
import {
  notesIn,
  RECENT_CHECKPOINTS,
  thinnedOut,
} from '../../../../../gateway/journal/log/checkpoint-file.ts';
import { leafHash } from '../../../../../gateway/journal/log/tree.ts';
import { verifiedNote } from '../../../../../platform/journal/checkpoint-note.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const bytes = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');

const CHECKPOINT: Checkpoint = {
  gatewayId: 'gw-1',
  epoch: '0123456789abcdef',
  keyFingerprint: '8c1f0a22b96e4d37',
  size: 1201,
  root: leafHash(Buffer.from('a root')),
  atMs: 1_795_161_600_000,
  begins: 1,
  isStop: false,
};

const signed = (over: Partial<Checkpoint> = {}) =>
  signCheckpoint({ ...CHECKPOINT, ...over }, privateKey, bytes);

// The key of the example in the documentation of golang.org/x/mod/sumdb/note.
test('key ids are those of signed notes', () => {
  const key = Buffer.from('ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW', 'base64').subarray(1);
  expect(keyId('PeterNeumann', key).toString('hex')).toBe('c74f20a3');
});

test('what is signed is read back, by the gateway and by the platform', () => {
  for (const over of [{}, { size: 0 }, { begins: 301 }, { isStop: true }, { begins: 2, isStop: true }]) {
    const note = signed(over);
    expect(readCheckpoint(note.text)).toEqual({ ...CHECKPOINT, ...over, text: note.text });
    expect(isSignedBy(note, publicKey, bytes)).toBe(true);
    const { size, begins } = note;
    expect(verifiedNote(note.text, bytes)).toMatchObject({
      gateway: 'gw-1',
      epoch: note.epoch,
      size,
      begins,
    });
  }
  expect(signed().text.split('\n')[0]).toBe('onecard-gateway/gw-1/0123456789abcdef');
  // The key's base64 may hold a plus sign too.
  const [, name, id, key = ''] = /^(.+?)\+([0-9a-f]{8})\+(.+)$/.exec(verifierKey(CHECKPOINT, bytes)) ?? [];
  expect([name, id, Buffer.from(key, 'base64').subarray(1)]).toEqual([
    'onecard-gateway/gw-1/0123456789abcdef',
    keyId('onecard-gateway/gw-1/0123456789abcdef', bytes).toString('hex'),
    bytes,
  ]);
});

test('with any character changed it is no checkpoint of this key, for the gateway nor for the platform', () => {
  const { text } = signed({ begins: 7, isStop: true });
  fc.assert(
    fc.property(
      fc.nat({ max: text.length - 1 }),
      fc.constantFrom('0', 'a', ' ', '\n', '—', '='),
      (at, put) => {
        fc.pre(text[at] !== put);
        const other = text.slice(0, at) + put + text.slice(at + 1);
        const read = readCheckpoint(other);
        expect(read !== null && isSignedBy(read, publicKey, bytes)).toBe(false);
        expect(verifiedNote(other, bytes)).toBeNull();
      },
    ),
    { numRuns: 500 },
  );
});

test('signatures of others beside the gateway’s are ignored, and one that only looks like its is none', () => {
  const other = generateKeyPairSync('ed25519');
  const { text } = signed();
  const theirs = `${text}— witness.example/w1 AAAAAAAAAAAA\n`;
  const read = readCheckpoint(theirs);
  expect(read && isSignedBy(read, publicKey, bytes)).toBe(true);
  expect(isSignedBy(signCheckpoint(CHECKPOINT, other.privateKey, bytes), publicKey, bytes)).toBe(false);
});

test('a file of checkpoints: what was not written whole does not count, and anything else in it is damage', () => {
  const [one, two] = [signed(), signed({ size: 1300 })];
  const whole = `${one.text}\n${two.text}\n`;
  expect(notesIn(whole, 'f').notes.map(({ size }) => size)).toEqual([1201, 1300]);
  for (const cut of [1, 30, two.text.length]) {
    const { notes, bytes: kept } = notesIn(whole.slice(0, -cut), 'f');
    expect(notes.map(({ size }) => size)).toEqual([1201]);
    expect(kept).toBe(Buffer.byteLength(one.text) + 1);
  }
  expect(() => notesIn(`${one.text.replace('1201', '12x1')}\n${two.text}\n`, 'f')).toThrow(/is damaged/);
});

test('of old checkpoints the last of each hour and of each epoch stays', () => {
  const minute = 60_000;
  const at = (i: number) => ({ ...signed(), atMs: i * minute, size: i, epoch: i < 90 ? 'a' : 'b' });
  const notes = Array.from({ length: RECENT_CHECKPOINTS + 240 }, (_, i) => at(i));
  const kept = thinnedOut(notes);
  expect(kept.slice(0, -RECENT_CHECKPOINTS).map(({ size }) => size)).toEqual([59, 89, 119, 179, 239]);
  expect(kept.slice(-RECENT_CHECKPOINTS)).toEqual(notes.slice(-RECENT_CHECKPOINTS));
});
