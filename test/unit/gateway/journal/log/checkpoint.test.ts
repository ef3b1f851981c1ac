/** Checkpoints as text: the forms of C2SP, and nothing else is believed. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeSigningKey, verifyingKeyOf } from '../../../../../crypto/signature/key-files.ts';
import { heldHere } from '../../../../../crypto/signature/keys.ts';
import {
  type Checkpoint,
  readCheckpoint,
  signCheckpoint,
} from '../../../../../gateway/journal/log/checkpoint.ts';
import {
  notesIn,
  RECENT_CHECKPOINTS,
  thinnedOut,
} from '../../../../../gateway/journal/log/checkpoint-file.ts';
import { keyOfText, textOfKey } from '../../../../../gateway/journal/log/checkpoint-key-text.ts';
import {
  isSignedBy,
  keyId,
  keyOfVerifier,
  verifierKey,
} from '../../../../../gateway/journal/log/checkpoint-signature.ts';
import { leafHash } from '../../../../../gateway/journal/log/tree.ts';
import { verifiedNote } from '../../../../../platform/journal/checkpoint-note.ts';
import { sm2Key, sm2Sign } from '../../../../../platform/sm2.ts';

const KEYS = { international: makeSigningKey('Ed25519'), sm: makeSigningKey('SM2') } as const;
/** GB/T 32918.5. */
const SM2_ORDER = Buffer.from('fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123', 'hex');
const ORIGIN = 'onecard-gateway/gw-1/0123456789abcdef';

const INTERNATIONAL: Checkpoint = {
  gatewayId: 'gw-1',
  epoch: '0123456789abcdef',
  keyFingerprint: '8c1f0a22b96e4d37',
  size: 1201,
  root: leafHash('SHA-256', Buffer.from('a root')),
  atMs: 1_795_161_600_000,
  begins: 1,
  tree: 'SHA-256',
  follows: null,
  goesOn: null,
  isStop: false,
};
const SM: Checkpoint = { ...INTERNATIONAL, tree: 'SM3', keyFingerprint: 'sm3:8c1f0a22b96e4d37' };
const FOLLOWS = { epoch: 'fedcba9876543210', size: 6, tree: 'SHA-256', root: INTERNATIONAL.root } as const;

const signedIn = (profile: keyof typeof KEYS, over: Partial<Checkpoint> = {}) =>
  signCheckpoint({ ...(profile === 'sm' ? SM : INTERNATIONAL), ...over }, heldHere(KEYS[profile]));
const signed = (over: Partial<Checkpoint> = {}) => signedIn('international', over);

// The key of the example in the documentation of golang.org/x/mod/sumdb/note.
test('key ids are those of signed notes', () => {
  const key = Buffer.from('ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW', 'base64').subarray(1);
  expect(keyId('PeterNeumann', verifyingKeyOf('Ed25519', key)).toString('hex')).toBe('c74f20a3');
});

test('in the profile international a checkpoint names no algorithm, as before there were two', async () => {
  const { text } = await signed({ begins: 7, isStop: true });
  const root = Buffer.from(INTERNATIONAL.root).toString('base64');
  expect(text.split('\n').slice(0, -2)).toEqual([
    ...[ORIGIN, '1201', root, 'journal-key 8c1f0a22b96e4d37', 'time 1795161600000', 'begins 7', 'stopped'],
    '',
  ]);
});

describe.each(['international', 'sm'] as const)('in the profile %s', (profile) => {
  const { publicKey } = KEYS[profile];
  const other = KEYS[profile === 'sm' ? 'international' : 'sm'].publicKey;
  const key = textOfKey(publicKey);

  test('what is signed is read back, by the gateway and by the platform', async () => {
    const plain = profile === 'sm' ? SM : INTERNATIONAL;
    const closing = { goesOn: other, isStop: true };
    for (const over of [
      ...[{}, { size: 0 }, { begins: 301 }, { isStop: true }, { begins: 2, isStop: true }],
      ...[closing, { begins: 7, follows: FOLLOWS }, { begins: 7, follows: FOLLOWS, ...closing }],
    ]) {
      const note = await signedIn(profile, over);
      expect(readCheckpoint(note.text)).toEqual({ ...plain, ...over, text: note.text });
      expect(isSignedBy(note, publicKey)).toBe(true);
      const { size, begins, tree } = note;
      expect(verifiedNote(note.text, key)).toMatchObject({
        ...{ gateway: 'gw-1', epoch: note.epoch, size, begins, tree },
        goesOn: 'goesOn' in over ? textOfKey(other) : null,
      });
    }
    expect((await signedIn(profile)).text.split('\n')[0]).toBe(ORIGIN);
  });

  test('its key is told as a text and to other tools, and read from both', () => {
    expect(keyOfText(key)).toEqual(publicKey);
    expect(keyOfText(`${key} `)).toBeNull();
    expect(keyOfText(profile === 'sm' ? key.slice(4) : `SM2:${key}`)).toBeNull();
    const text = verifierKey(INTERNATIONAL, publicKey);
    expect(text.startsWith(`${ORIGIN}+${keyId(ORIGIN, publicKey).toString('hex')}+`)).toBe(true);
    expect(keyOfVerifier(text)).toEqual(publicKey);
    expect(keyOfVerifier(text.replace('gw-1', 'gw-2'))).toBeNull();
  });

  test('with any character changed it is no checkpoint of this key, for the gateway nor for the platform', async () => {
    const { text } = await signedIn(profile, { begins: 7, follows: FOLLOWS, goesOn: other, isStop: true });
    fc.assert(
      fc.property(
        fc.nat({ max: text.length - 1 }),
        fc.constantFrom('0', 'a', ' ', '\n', '—', '='),
        (at, put) => {
          fc.pre(text[at] !== put);
          const changed = text.slice(0, at) + put + text.slice(at + 1);
          const read = readCheckpoint(changed);
          expect(read !== null && isSignedBy(read, publicKey)).toBe(false);
          expect(verifiedNote(changed, key)).toBeNull();
        },
      ),
      { numRuns: 150 },
    );
  });

  test('with other bits behind the last byte of its signature it is none', async () => {
    const { text } = await signedIn(profile);
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
    const last = text.length - '=\n'.length - 1;
    const sameBytes = alphabet[alphabet.indexOf(text[last] ?? '') ^ 1] ?? '';
    const changed = text.slice(0, last) + sameBytes + text.slice(last + 1);
    const [was, is] = [text, changed].map((note) => note.slice(note.lastIndexOf(' ') + 1));
    expect(Buffer.from(is ?? '', 'base64')).toEqual(Buffer.from(was ?? '', 'base64'));
    const read = readCheckpoint(changed);
    expect(read && isSignedBy(read, publicKey)).toBe(false);
    expect(verifiedNote(changed, key)).toBeNull();
  });

  test('signatures of others beside the gateway’s are ignored, and one that only looks like its is none', async () => {
    const note = await signedIn(profile);
    const read = readCheckpoint(`${note.text}— witness.example/w1 AAAAAAAAAAAA\n`);
    expect(read && isSignedBy(read, publicKey)).toBe(true);
    const theirs = makeSigningKey(publicKey.algorithm);
    const forged = await signCheckpoint(note, { publicKey, sign: async (body) => theirs.sign(body) });
    expect(isSignedBy(forged, publicKey)).toBe(false);
    expect(verifiedNote(forged.text, key)).toBeNull();
  });

  test('it is not of the other profile’s key, whatever it says', async () => {
    const note = await signedIn(profile);
    expect(isSignedBy(note, other)).toBe(false);
    expect(verifiedNote(note.text, textOfKey(other))).toBeNull();
    // The other key's id, before a signature of this one.
    const swapped = await signCheckpoint(note, {
      publicKey: other,
      sign: async (body) => KEYS[profile].sign(body),
    });
    expect(isSignedBy(swapped, other)).toBe(false);
    expect(verifiedNote(swapped.text, textOfKey(other))).toBeNull();
  });
});

test.each([
  ['r of zero', () => Buffer.concat([Buffer.alloc(32), Buffer.alloc(32, 1)])],
  ['s of zero', () => Buffer.concat([Buffer.alloc(32, 1), Buffer.alloc(32)])],
  ['r of n', () => Buffer.concat([SM2_ORDER, Buffer.alloc(32, 1)])],
  ['s above n', () => Buffer.concat([Buffer.alloc(32, 1), Buffer.alloc(32, 0xff)])],
  ['a signature cut short', (raw: Buffer) => raw.subarray(0, 63)],
  ['DER', (raw: Buffer) => derOf(raw)],
])('SM2: %s is no signature', async (_, made) => {
  const { publicKey, sign } = KEYS.sm;
  const note = await signCheckpoint(SM, { publicKey, sign: async (body) => made(sign(body)) });
  expect(isSignedBy(note, publicKey)).toBe(false);
  expect(verifiedNote(note.text, textOfKey(publicKey))).toBeNull();
});

test('SM2: of another distinguishing ID it is none', async () => {
  const key = sm2Key(Buffer.alloc(40, 3));
  const publicKey = verifyingKeyOf('SM2', key.publicKey);
  const noteOf = (id?: Uint8Array) =>
    signCheckpoint(SM, { publicKey, sign: async (body) => Buffer.from(sm2Sign(key, body, id)) });
  const [own, other] = [await noteOf(), await noteOf(Buffer.from('Alice@example.com'))];
  expect([own, other].map((note) => isSignedBy(note, publicKey))).toEqual([true, false]);
  expect(verifiedNote(own.text, textOfKey(publicKey))).not.toBeNull();
  expect(verifiedNote(other.text, textOfKey(publicKey))).toBeNull();
});

function derOf(raw: Buffer): Buffer {
  const integer = (bytes: Buffer) => Buffer.concat([Buffer.of(0x02, 33, 0), bytes]);
  const both = Buffer.concat([integer(raw.subarray(0, 32)), integer(raw.subarray(32))]);
  return Buffer.concat([Buffer.of(0x30, both.length), both]);
}

test('a file of checkpoints: what was not written whole does not count, and anything else in it is damage', async () => {
  const [one, two] = [await signed(), await signed({ size: 1300 })];
  const whole = `${one.text}\n${two.text}\n`;
  expect(notesIn(whole, 'f').notes.map(({ size }) => size)).toEqual([1201, 1300]);
  for (const cut of [1, 30, two.text.length]) {
    const { notes, bytes: kept } = notesIn(whole.slice(0, -cut), 'f');
    expect(notes.map(({ size }) => size)).toEqual([1201]);
    expect(kept).toBe(Buffer.byteLength(one.text) + 1);
  }
  expect(() => notesIn(`${one.text.replace('1201', '12x1')}\n${two.text}\n`, 'f')).toThrow(/is damaged/);
});

test('of old checkpoints the last of each hour and of each epoch stays', async () => {
  const minute = 60_000;
  const note = await signed();
  const at = (i: number) => ({ ...note, atMs: i * minute, size: i, epoch: i < 90 ? 'a' : 'b' });
  const notes = Array.from({ length: RECENT_CHECKPOINTS + 240 }, (_, i) => at(i));
  const kept = thinnedOut(notes);
  expect(kept.slice(0, -RECENT_CHECKPOINTS).map(({ size }) => size)).toEqual([59, 89, 119, 179, 239]);
  expect(kept.slice(-RECENT_CHECKPOINTS)).toEqual(notes.slice(-RECENT_CHECKPOINTS));
});
