/** The platform's TUF repository, read with the models' own verification. */
import { createHash } from 'node:crypto';
import { Metadata, MetadataKind } from '@tufjs/models';
import { compactVerify, decodeProtectedHeader, importJWK } from 'jose';
import { describe, expect, test } from 'vitest';
import { createTufRepository, type TufRepository } from '../../../../../platform/tuf/repository.ts';
import { frozen } from '../../../../../platform/tuf/tamper.ts';

const START_MS = 1_900_000_000_000;
const HOUR_MS = 3_600_000;

function make(now = () => START_MS, rotations = {}): TufRepository {
  const repository = createTufRepository({ seed: 'publisher', now, offlineGraceS: 7200, rotations });
  repository.setTarget('trust.json', Buffer.from('{}'));
  repository.setTarget('lists/cards.list', Buffer.from('cards'));
  repository.setTarget('lists/named/blocked.list', Buffer.from('blocked'));
  repository.publish();
  return repository;
}

function signedOf(repository: TufRepository, file: string) {
  const bytes = repository.metadata(file);
  if (!bytes) throw new Error(`no ${file}`);
  const { signed } = JSON.parse(bytes.toString('utf8'));
  return signed;
}

const snapshotVersion = (repository: TufRepository): number =>
  signedOf(repository, 'timestamp.json').meta['snapshot.json'].version;

function root(repository: TufRepository, version: number) {
  return Metadata.fromJSON(
    MetadataKind.Root,
    JSON.parse(String(repository.metadata(`${version}.root.json`))),
  );
}

describe('what is published', () => {
  test('each role verifies by the one that delegates to it', () => {
    const repository = make();
    const first = Metadata.fromJSON(MetadataKind.Root, JSON.parse(String(repository.rootJson())));
    first.verifyDelegate('root', first);
    expect(first.signed.roles['root']).toMatchObject({ threshold: 2 });
    expect(first.signed.roles['root']?.keyIDs).toHaveLength(3);
    const version = snapshotVersion(repository);
    const read = (kind: MetadataKind.Targets, file: string) =>
      Metadata.fromJSON(kind, JSON.parse(String(repository.metadata(file))));
    const targets = read(MetadataKind.Targets, `${version}.targets.json`);
    first.verifyDelegate('targets', targets);
    const lists = read(MetadataKind.Targets, `${version}.lists.json`);
    targets.verifyDelegate('lists', lists);
    expect(Object.keys(targets.signed.targets)).toEqual(['trust.json']);
    expect(Object.keys(lists.signed.targets)).toEqual(['lists/cards.list', 'lists/named/blocked.list']);
    expect(targets.signed.delegations?.roles?.['lists']).toMatchObject({
      terminating: true,
      paths: ['lists/*', 'lists/named/*'],
    });
  });

  test('targets are found under their hash, and only there', () => {
    const repository = make();
    const hash = createHash('sha256').update('blocked').digest('hex');
    expect(repository.target(`lists/named/${hash}.blocked.list`)).toEqual({
      bytes: Uint8Array.from(Buffer.from('blocked')),
    });
    expect(repository.target('lists/named/blocked.list')).toBeNull();
    expect(repository.metadata('2.root.json')).toBeNull();
    expect(repository.metadata('snapshot.json')).toBeNull();
  });

  test('a file is offered by what is said of it, and never read', () => {
    const repository = make();
    const file = { file: 'not/there.list', length: 125_829_120, sha256: 'a'.repeat(64), sm3: 'b'.repeat(64) };
    repository.setTarget('lists/cards.list', file);
    repository.publish();
    expect(repository.target(`lists/${file.sha256}.cards.list`)).toEqual(file);
    const lists = signedOf(repository, `${snapshotVersion(repository)}.lists.json`);
    expect(lists.targets['lists/cards.list'].length).toBe(125_829_120);
  });

  test.each(['', 'other.json', 'lists/', '../x', 'lists/a/b.list', 'lists/named/../x'])(
    'no target may be called %j',
    (path) => expect(() => make().setTarget(path, Buffer.alloc(1))).toThrow(RangeError),
  );

  test('a removed target is gone with the next snapshot', () => {
    const repository = make();
    repository.removeTarget('lists/named/blocked.list');
    repository.publish();
    const lists = signedOf(repository, `${snapshotVersion(repository)}.lists.json`);
    expect(Object.keys(lists.targets)).toEqual(['lists/cards.list']);
  });
});

describe('versions and time', () => {
  test('versions rise with each publication, and across a restart as the clock does', () => {
    const repository = make();
    const first = snapshotVersion(repository);
    repository.publish();
    expect(snapshotVersion(repository)).toBeGreaterThan(first);
    expect(snapshotVersion(make(() => START_MS + HOUR_MS))).toBeGreaterThan(snapshotVersion(repository));
  });

  test('a clock set back makes no version fall', () => {
    let nowMs = START_MS;
    const repository = make(() => nowMs);
    const before = snapshotVersion(repository);
    nowMs -= 10 * HOUR_MS;
    repository.publish();
    expect(snapshotVersion(repository)).toBeGreaterThan(before);
  });

  test('the timestamp is renewed at half of its life when asked for, and not before', () => {
    let nowMs = START_MS;
    const repository = make(() => nowMs);
    const first = signedOf(repository, 'timestamp.json');
    expect(first.offline_grace_s).toBe(7200);
    nowMs += 11 * HOUR_MS;
    expect(signedOf(repository, 'timestamp.json')).toEqual(first);
    nowMs += HOUR_MS;
    const renewed = signedOf(repository, 'timestamp.json');
    expect(renewed.version).toBeGreaterThan(first.version);
    expect(renewed.meta).toEqual(first.meta);
    expect(Date.parse(renewed.expires)).toBe(nowMs + 24 * HOUR_MS);
  });

  test('with the snapshot at half of its life everything is signed anew', () => {
    let nowMs = START_MS;
    const repository = make(() => nowMs);
    const first = snapshotVersion(repository);
    nowMs += 85 * HOUR_MS;
    repository.metadata('timestamp.json');
    expect(snapshotVersion(repository)).toBeGreaterThan(first);
  });
});

describe('keys', () => {
  test('the same seed gives the same root but for its expiry, another seed none of its keys', () => {
    expect(make().rootJson()).toEqual(make().rootJson());
    const other = createTufRepository({ seed: 'other', now: () => START_MS, offlineGraceS: 0 });
    const ids = Object.keys(root(make(), 1).signed.keys);
    expect(Object.keys(root(other, 1).signed.keys).filter((id) => ids.includes(id))).toEqual([]);
  });

  test('a rotated root is signed by the old keys and by the new', () => {
    const repository = make();
    repository.rotateRoot();
    root(repository, 1).verifyDelegate('root', root(repository, 2));
    root(repository, 2).verifyDelegate('root', root(repository, 2));
    expect(root(repository, 2).signed.roles['root']?.keyIDs).not.toEqual(
      root(repository, 1).signed.roles['root']?.keyIDs,
    );
  });

  test('a restart that is told of rotations has the same roots and list keys', () => {
    const repository = make();
    repository.rotateRoot();
    repository.rotateRoot();
    repository.rotateListKeys();
    const again = make(() => START_MS, repository.rotations);
    expect(again.metadata('3.root.json')).toEqual(repository.metadata('3.root.json'));
    expect(again.listSigner().kid).toBe(repository.listSigner().kid);
  });

  test('a list is signed by a key of the delegated role, and another after its rotation', async () => {
    const repository = make();
    const { kid, sign } = repository.listSigner();
    const jws = await sign(Buffer.from('{"v":1}'), 'onecard-list-head');
    expect(decodeProtectedHeader(jws)).toEqual({ alg: 'EdDSA', kid, typ: 'onecard-list-head' });
    const targets = signedOf(repository, `${snapshotVersion(repository)}.targets.json`);
    const hex: string = targets.delegations.keys[kid].keyval.public;
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(hex, 'hex').toString('base64url') };
    await expect(compactVerify(jws, await importJWK(jwk, 'EdDSA'))).resolves.toBeDefined();
    repository.rotateListKeys();
    expect(repository.listSigner().kid).not.toBe(kid);
    const rotated = signedOf(repository, `${snapshotVersion(repository)}.targets.json`);
    expect(Object.keys(rotated.delegations.keys)).toEqual([repository.listSigner().kid]);
  });

  test('no role shares a key with another', () => {
    const ids = Object.values(make().keys()).flatMap((keys) => keys.map(({ id }) => id));
    expect(new Set(ids).size).toBe(ids.length);
  });
});

test('a frozen view stays whole and as it was, however much is published later', () => {
  const repository = make();
  const version = snapshotVersion(repository);
  const files = ['timestamp.json', ...['snapshot', 'targets', 'lists'].map((r) => `${version}.${r}.json`)];
  const before = files.map((file) => repository.metadata(file));
  const view = frozen(repository);
  for (let i = 0; i < 20; i += 1) repository.publish();
  expect(repository.metadata(`${version}.snapshot.json`)).toBeNull();
  expect(files.map((file) => view.metadata(file))).toEqual(before);
});
