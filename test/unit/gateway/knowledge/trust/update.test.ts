/** What a gateway takes, and keeps. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { namedDigestOf } from '../../../../../crypto/named-digest.ts';
import { readCompactJws } from '../../../../../crypto/signature/compact-jws.ts';
import { signersOf } from '../../../../../crypto/signature/signers.ts';
import { algorithmFor } from '../../../../../crypto/uses.ts';
import { TEST_CRYPTO, TEST_PROFILE } from '../../../../crypto-profile.rig.ts';
import { DAY_MS, GRACE_MS, HOUR_MS, type Loopback, loopback, pass, trustJson } from './loopback.rig.ts';

const revisionOf = (bytes: Buffer) =>
  createHash(TEST_PROFILE === 'sm' ? 'sm3' : 'sha256')
    .update(bytes)
    .digest('hex')
    .slice(0, 16);
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
/** By which the gateway names content; TUF names it by SHA-256 in either profile. */
const digest = (text: string) =>
  namedDigestOf(algorithmFor('published-digest', TEST_PROFILE), Buffer.from(text));
/** As TUF names them, which is the carrier in either profile, and as the root of SM2 does. */
const listKids = ({ repository }: Loopback) =>
  (TEST_PROFILE === 'sm' ? (['international', 'sm'] as const) : (['international'] as const)).map(
    (profile) => repository.listSigner(profile).kid,
  );

describe('updates', () => {
  test('the first brings trust, list keys and lists, and a gateway started anew has the same', async () => {
    const at = await loopback();
    const gateway = at.gateway();
    expect(await gateway.load()).toBeNull();
    const bundle = await gateway.update();
    expect(bundle.trust.revision).toBe(revisionOf(trustJson(1)));
    expect(bundle.trust.document.anchors).toEqual([]);
    const expiresAtMs = Math.floor((at.clock.platformMs + DAY_MS) / 1000) * 1000;
    expect(bundle.trust).toMatchObject({ expiresAtMs, graceUntilMs: expiresAtMs + GRACE_MS });
    expect([...bundle.targets]).toEqual([
      ['lists/cards.list', { lengthBytes: 9, sha256: sha256('the cards'), digest: digest('the cards') }],
      [
        'lists/named/blocked.list',
        { lengthBytes: 11, sha256: sha256('the blocked'), digest: digest('the blocked') },
      ],
    ]);
    const signed = await at.repository.listSigner(TEST_PROFILE).sign(Buffer.from('{}'), 'x');
    const named = bundle.listKeys.map(({ kid, publicKey }) => [kid, publicKey] as const);
    expect(readCompactJws(signed, 'x', signersOf('list-link', named, TEST_CRYPTO))).toMatchObject({
      ok: true,
    });
    await at.stop();
    const loaded = await at.gateway().load();
    expect(loaded?.trust).toEqual(bundle.trust);
    expect(loaded?.targets).toEqual(bundle.targets);
    expect(loaded?.listKeys.map(({ kid }) => kid)).toEqual(listKids(at));
  });

  test('without a change the bundle is the same object, and two small files are all that is asked for', async () => {
    const at = await loopback();
    const gateway = at.gateway();
    const bundle = await gateway.update();
    at.asked.length = 0;
    expect(await gateway.update()).toBe(bundle);
    expect(at.asked).toEqual(['/v1/tuf/metadata/2.root.json', '/v1/tuf/metadata/timestamp.json']);
  });

  test('a renewed timestamp prolongs trust, and fetches nothing else', async () => {
    const at = await loopback();
    const gateway = at.gateway();
    const bundle = await gateway.update();
    pass(at, 13 * HOUR_MS);
    at.asked.length = 0;
    const renewed = await gateway.update();
    expect(renewed.trust.revision).toBe(bundle.trust.revision);
    expect(renewed.trust.expiresAtMs).toBe(bundle.trust.expiresAtMs + 13 * HOUR_MS);
    expect(at.asked).toHaveLength(2);
  });

  test('new trust and new lists come together', async () => {
    const at = await loopback();
    const gateway = at.gateway();
    await gateway.update();
    at.repository.setTarget('trust.json', trustJson(2));
    at.repository.removeTarget('lists/named/blocked.list');
    at.repository.setTarget('lists/cards.list', Buffer.from('more cards'));
    at.repository.publish();
    const bundle = await gateway.update();
    expect(bundle.trust.revision).toBe(revisionOf(trustJson(2)));
    expect([...bundle.targets.keys()]).toEqual(['lists/cards.list']);
    expect((await at.gateway().load())?.trust).toEqual(bundle.trust);
  });

  test.each([1, 3])('%i rotations of the root keys are followed, and again at load', async (rotations) => {
    const at = await loopback();
    const gateway = at.gateway();
    await gateway.update();
    for (let i = 0; i < rotations; i += 1) at.repository.rotateRoot();
    at.repository.setTarget('trust.json', trustJson(2));
    at.repository.publish();
    const bundle = await gateway.update();
    expect(bundle.trust.revision).toBe(revisionOf(trustJson(2)));
    const restarted = at.gateway();
    expect((await restarted.load())?.trust).toEqual(bundle.trust);
    at.repository.rotateRoot();
    at.asked.length = 0;
    await restarted.update();
    expect(at.asked[0]).toBe(`/v1/tuf/metadata/${rotations + 2}.root.json`);
    expect((await at.gateway().load())?.trust).toEqual(bundle.trust);
  });

  test('a gateway that has only the first root catches up with all rotations at once', async () => {
    const at = await loopback();
    for (let i = 0; i < 5; i += 1) at.repository.rotateRoot();
    await expect(at.gateway().update()).resolves.toBeDefined();
  });

  test('rotated list keys take the place of the former', async () => {
    const at = await loopback();
    const gateway = at.gateway();
    const former = await gateway.update();
    at.repository.rotateListKeys();
    const bundle = await gateway.update();
    expect(bundle.listKeys.map(({ kid }) => kid)).toEqual(listKids(at));
    const formerKids = former.listKeys.map(({ kid }) => kid);
    expect(bundle.listKeys.filter(({ kid }) => formerKids.includes(kid))).toEqual([]);
  });

  test('a platform that starts again from its seed is followed', async () => {
    const at = await loopback();
    const gateway = at.gateway();
    await gateway.update();
    const again = await loopback();
    again.clock.platformMs += 1000;
    again.repository.setTarget('trust.json', trustJson(7));
    again.repository.publish();
    at.source = again.repository;
    expect((await gateway.update()).trust.revision).toBe(revisionOf(trustJson(7)));
  });

  test('updates asked for at the same time do not get in each other’s way', async () => {
    const at = await loopback();
    const gateway = at.gateway();
    const [first, second] = await Promise.all([gateway.update(), gateway.update()]);
    expect(second).toBe(first);
  });

  test('one that is given up rejects with the signal’s reason, and counts as no fault', async () => {
    const at = await loopback();
    const gateway = at.gateway();
    const giveUp = new AbortController();
    at.intercept = () => {
      giveUp.abort(new Error('no longer needed'));
      return true;
    };
    await expect(gateway.update(giveUp.signal)).rejects.toThrow('no longer needed');
    expect(Object.values(gateway.refused).every((count) => count === 0)).toBe(true);
  });
});

describe('lists as files', () => {
  test('a list is fetched once, kept, and good without a platform', async () => {
    const at = await loopback();
    const gateway = at.gateway();
    await gateway.update();
    const file = await gateway.fetchTarget('lists/cards.list');
    expect(readFileSync(file, 'utf8')).toBe('the cards');
    await at.stop();
    const restarted = at.gateway();
    await restarted.load();
    expect(await restarted.fetchTarget('lists/cards.list')).toBe(file);
  });

  test('a list from a file is streamed, and what it replaces is removed', async () => {
    const at = await loopback();
    const gateway = at.gateway();
    await gateway.update();
    await gateway.fetchTarget('lists/cards.list');
    await gateway.fetchTarget('lists/named/blocked.list');
    const content = Buffer.alloc(3_000_001, 'card');
    const source = join(at.folder, '..', 'cards.list');
    writeFileSync(source, content);
    const digest = createHash('sha256').update(content).digest('hex');
    at.repository.setTarget('lists/cards.list', {
      file: source,
      length: content.length,
      sha256: digest,
      sm3: createHash('sm3').update(content).digest('hex'),
    });
    at.repository.publish();
    await gateway.update();
    const both = ['lists/cards.list', 'lists/cards.list'].map((path) => gateway.fetchTarget(path));
    const [file = '', other] = await Promise.all(both);
    expect(other).toBe(file);
    expect(readFileSync(file).equals(content)).toBe(true);
    expect(readdirSync(join(at.folder, 'targets')).sort()).toEqual(
      [`${digest}.lists%2Fcards.list`, `${sha256('the blocked')}.lists%2Fnamed%2Fblocked.list`].sort(),
    );
  });

  test('one that was damaged on disk is fetched again', async () => {
    const at = await loopback();
    const gateway = at.gateway();
    await gateway.update();
    const file = await gateway.fetchTarget('lists/cards.list');
    writeFileSync(file, 'the caads');
    expect(readFileSync(await gateway.fetchTarget('lists/cards.list'), 'utf8')).toBe('the cards');
  });

  test('half a list that a crash left behind is begun anew, and that of a former one removed', async () => {
    const at = await loopback();
    const gateway = at.gateway();
    await gateway.update();
    const targets = join(at.folder, 'targets');
    mkdirSync(targets);
    for (const hash of [sha256('the cards'), sha256('former cards')]) {
      writeFileSync(join(targets, `${hash}.lists%2Fcards.list.part`), 'the cards and more');
    }
    const file = await gateway.fetchTarget('lists/cards.list');
    expect(readFileSync(file, 'utf8')).toBe('the cards');
    expect(readdirSync(targets)).toEqual([`${sha256('the cards')}.lists%2Fcards.list`]);
  });

  test('a list that the trust does not name is a mistake of the caller', async () => {
    const at = await loopback();
    const gateway = at.gateway();
    await expect(gateway.fetchTarget('lists/cards.list')).rejects.toThrow(RangeError);
    await gateway.update();
    await expect(gateway.fetchTarget('trust.json')).rejects.toThrow(RangeError);
  });
});
