/** The addon's digests of SM2 messages are those made with node:crypto; what does not fit together throws. */
import { describe, expect, test } from 'vitest';
import { sm2Digest } from '../../../../workers/engine/sm2-digest.ts';
import { byName, nativeAddon, nativeEngines } from './back-ends.rig.ts';
import { seeded } from './seeded.rig.ts';

const WRITTEN_NOTHING = 0xaa;

/** For every other job, so that those between are seen to stay as they are. */
function batch(count: number, longest: number) {
  const random = seeded(`digests of ${count} messages up to ${longest}`);
  const bytes = () => random.bytes(random.below(longest));
  const signed = Array.from({ length: count }, () => ({ id: bytes(), message: bytes() }));
  let at = 0;
  const ends = signed.flatMap(({ id, message }) => {
    at += id.length + message.length;
    return [at - message.length, at];
  });
  return {
    signed,
    jobs: Uint32Array.from(signed, (_, i) => 2 * i + 1),
    keys: random.bytes(64 * (2 * count + 1)),
    messages: new Uint8Array(Buffer.concat(signed.flatMap(({ id, message }) => [id, message]))),
    ends: Uint32Array.from(ends),
    digests: new Uint8Array(32 * (2 * count + 1)).fill(WRITTEN_NOTHING),
  };
}

describe.skipIf(nativeAddon === null)('the addon', () => {
  const addon = nativeAddon as NonNullable<typeof nativeAddon>;

  test.each(byName(nativeEngines))('%s: any number of messages of any lengths', (name) => {
    addon.selectBackend(name);
    for (const [count, longest] of [
      [0, 1],
      [1, 200],
      [2, 1],
      [15, 400],
      [16, 400],
      [17, 3_000],
      [60, 300],
    ] as const) {
      const { signed, jobs, keys, messages, ends, digests } = batch(count, longest);
      addon.sm2Digests(jobs, keys, messages, ends, digests);
      const expected = new Uint8Array(digests.length).fill(WRITTEN_NOTHING);
      for (const [i, { id, message }] of signed.entries()) {
        const job = jobs[i] ?? 0;
        expected.set(sm2Digest(keys.subarray(64 * job, 64 * job + 64), id, message), 32 * job);
      }
      expect(Buffer.compare(digests, expected), `${count} messages up to ${longest} bytes`).toBe(0);
    }
  });

  test.each([
    ['a job there is not', { jobs: Uint32Array.of(1, 7, 5) }, 'there is no job 7'],
    ['no keys', { keys: new Uint8Array(), digests: new Uint8Array() }, 'there is no job 1'],
    ['fewer ends', { ends: new Uint32Array(5) }, 'ends has length 5'],
    ['fewer digests', { digests: new Uint8Array(6 * 32).fill(WRITTEN_NOTHING) }, 'digests has length 192'],
    ['an end before the one before', { ends: Uint32Array.of(1, 3, 2, 4, 5, 6) }, 'the ends do not divide'],
    ['an end beyond the messages', { ends: Uint32Array.of(0, 1, 2, 3, 4, 7) }, 'the ends do not divide'],
    ['bytes after the last message', { ends: Uint32Array.of(0, 1, 2, 3, 4, 5) }, 'the ends do not divide'],
    [
      'an ID too long for ENTL',
      { messages: new Uint8Array(8_192), ends: Uint32Array.of(0, 0, 0, 0, 8_192, 8_192) },
      'an ID has at most 8191 bytes',
    ],
  ])('%s', (_, wrong, message) => {
    const right = batch(3, 10);
    const { jobs, keys, messages, ends, digests } = {
      ...right,
      messages: new Uint8Array(6),
      ends: Uint32Array.of(1, 2, 3, 4, 5, 6),
      ...wrong,
    };
    expect(() => addon.sm2Digests(jobs, keys, messages, ends, digests)).toThrow(message);
    expect(digests.every((byte) => byte === WRITTEN_NOTHING)).toBe(true);
  });
});
