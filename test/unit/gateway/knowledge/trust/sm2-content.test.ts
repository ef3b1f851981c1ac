/** Content that is signed with SM2 beside TUF, and the roots that say with which keys. */
import { describe, expect, test } from 'vitest';
import type { ContentRule } from '../../../../../gateway/knowledge/trust/signed-content.ts';
import { newestSm2Root, parseSm2Root } from '../../../../../gateway/knowledge/trust/sm2-root.ts';
import { sm2Jws } from '../../../../../platform/authority/status-sm.ts';
import { sm2Sign } from '../../../../../platform/sm2.ts';
import { type NamedSm2Key, signSm2Root, sm2Keys } from '../../../../../platform/tuf/sm2-root.ts';
import { INTERNATIONAL, type Loopback, loopback, pass } from './loopback.rig.ts';

const BOTH = { profiles: ['international', 'sm'] as const };
const rule = (at: Loopback, changing_over = false): ContentRule => ({
  crypto: { profile: 'sm', changing_over },
  sm2Root: at.repository.sm2RootJson && parseSm2Root(at.repository.sm2RootJson),
});
const others = await loopback({ ...BOTH, seed: 'another platform' });

describe('a gateway of profile sm', () => {
  test('takes what is signed with SM2, also after a start, and through new keys', async () => {
    const at = await loopback(BOTH);
    const gateway = at.gateway({ content: rule(at) });
    const first = await gateway.update();
    expect(first.targets.get('lists/cards.list')?.digest).toMatch(/^sm3:[0-9a-f]{64}$/);
    expect(first.listKeys.map(({ publicKey }) => publicKey.algorithm)).toEqual(['Ed25519', 'SM2']);
    at.repository.rotateRoot();
    at.repository.rotateListKeys();
    const second = await gateway.update();
    expect([first.sm2Version, second.sm2Version]).toEqual([1, 3]);
    expect(second.listKeys.at(-1)?.kid).toBe(at.repository.listSigner('sm').kid);
    await at.stop();
    const loaded = await at.gateway({ content: rule(at) }).load();
    expect(loaded?.targets).toEqual(second.targets);
  });

  test('refuses what TUF alone vouches for, unless it changes over; what was kept stays good', async () => {
    const at = await loopback({ profiles: ['international'] });
    const international = at.gateway({ content: INTERNATIONAL });
    const before = await international.update();
    const strict = at.gateway({ content: rule(at) });
    expect((await strict.load())?.trust.revision).toBe(before.trust.revision);
    await expect(strict.update()).rejects.toMatchObject({ code: 'other_profile' });
    const changing = at.gateway({ content: rule(at, true) });
    expect((await changing.update()).trust.revision).toBe(before.trust.revision);
  });

  test.each<[string, (at: Loopback) => ContentRule]>([
    ['of another platform', () => rule(others)],
    ['by a key that is not for content', (at) => swapped(at)],
  ])('refuses content signed by keys %s', async (_, content) => {
    const at = await loopback(BOTH);
    await expect(at.gateway({ content: content(at) }).update()).rejects.toMatchObject({ code: 'signature' });
  });

  test('refuses a root of SM2 that is older than the one it has', async () => {
    const at = await loopback(BOTH);
    at.repository.rotateListKeys();
    const gateway = at.gateway({ content: rule(at) });
    await gateway.update();
    at.repository.setTarget('sm2-roots.json', Buffer.from('[]'));
    pass(at, 1_000);
    at.repository.publish();
    await expect(gateway.update()).rejects.toMatchObject({
      code: expect.stringMatching(/rollback|signature/),
    });
  });
});

/** Another platform's root keys vouch, but content keys and list keys have changed places. */
function swapped(at: Loopback): ContentRule {
  const keys = at.repository.sm2Keys();
  const root = signSm2Root(1, { ...keys, content: keys.lists, lists: keys.content }, keys.roots);
  return { ...rule(at), sm2Root: parseSm2Root(Buffer.from(JSON.stringify(root))) };
}

describe('a root of SM2', () => {
  const generation = (root: number, lists = 0) => sm2Keys('roots', { root, lists });
  const json = (value: unknown) => Buffer.from(JSON.stringify(value));
  const first = signSm2Root(1, generation(0), generation(0).roots);
  const next = (signers: readonly NamedSm2Key[], version = 2) => signSm2Root(version, generation(1), signers);
  const pinned = parseSm2Root(json(first));

  test('is followed where the keys before and its own have signed it', () => {
    const all = [...generation(0).roots, ...generation(1).roots];
    expect(newestSm2Root(pinned, json([next(all)])).version).toBe(2);
    expect(newestSm2Root(pinned, null).version).toBe(1);
  });

  const resigned = (signature: (input: Buffer, key: NamedSm2Key) => Uint8Array, header = {}) => {
    const signatures = generation(0).roots.map((key) => {
      const { kid } = key;
      const [head = ''] = sm2Jws(key.key, { kid, typ: 'onecard-sm2-root', ...header }, Buffer.from('')).split(
        '.',
      );
      const bytes = signature(Buffer.from(`${head}.${first.payload}`), key);
      return { protected: head, signature: Buffer.from(bytes).toString('base64url') };
    });
    return { ...first, signatures };
  };

  test.each<[string, unknown, string]>([
    ['signed by one key of two', { ...first, signatures: first.signatures.slice(0, 1) }, 'signature'],
    [
      'signed by one key twice',
      { ...first, signatures: [first.signatures[0], first.signatures[0]] },
      'signature',
    ],
    [
      'signed under another distinguishing ID',
      resigned((input, { key }) => sm2Sign(key, input, Buffer.from('x'))),
      'signature',
    ],
    ['whose signatures are zero', resigned(() => new Uint8Array(64)), 'signature'],
    [
      'of another type',
      resigned((input, { key }) => sm2Sign(key, input), { typ: 'onecard-content' }),
      'signature',
    ],
    ['with a member more', { ...first, more: 1 }, 'malformed'],
    ['that is no JSON object', [], 'malformed'],
  ])('%s is refused', (_, root, code) => {
    expect(() => parseSm2Root(json(root))).toThrow(expect.objectContaining({ code }));
  });

  test('that left one out, or was signed by the new keys alone, is refused', () => {
    const all = [...generation(0).roots, ...generation(1).roots];
    expect(() => newestSm2Root(pinned, json([next(generation(1).roots)]))).toThrow('as many of its keys');
    expect(() => newestSm2Root(pinned, json([next(generation(0).roots)]))).toThrow('as many of its keys');
    expect(() => newestSm2Root(pinned, json([next(all, 3)]))).toThrow('no root of SM2');
  });
});
