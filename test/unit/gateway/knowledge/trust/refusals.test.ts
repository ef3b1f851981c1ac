/** Each way a repository can be wrong, the fault it is refused with, and that it spoils nothing. */
import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { TrustFault } from '../../../../../gateway/knowledge/trust/trust-update-error.ts';
import type { SignedFile } from '../../../../../platform/tuf/sign-metadata.ts';
import { badlySigned, frozen, nextRoot, underSigned, withFiles } from '../../../../../platform/tuf/tamper.ts';
import {
  counts,
  DAY_MS,
  faultOf,
  HOUR_MS,
  type Loopback,
  loopback,
  pass,
  trustJson,
} from './loopback.rig.ts';
import { type Changes, republished } from './republish.rig.ts';

/** Makes the platform wrong, from the good state that the gateway has. */
type Spoil = (at: Loopback) => void;
type Row = readonly [name: string, fault: TrustFault, spoil: Spoil];

const metadata = ({ repository }: Loopback, file: string) => {
  const bytes = repository.metadata(file);
  if (!bytes) throw new Error(`no ${file}`);
  return bytes;
};
const signedOf = (at: Loopback, file: string) => JSON.parse(metadata(at, file).toString()).signed;
const snapshotVersion = (at: Loopback): number =>
  signedOf(at, 'timestamp.json').meta['snapshot.json'].version;
const publishAnother = (at: Loopback) => {
  pass(at, 1000);
  at.repository.setTarget('trust.json', trustJson(2));
  at.repository.publish();
};
const replaceFiles = (at: Loopback, files: Record<string, Buffer | null>) => {
  at.source = withFiles(at.repository, files);
};
const republish = (changes: (at: Loopback) => Changes) => (at: Loopback) => {
  at.source = republished(at.repository, at.clock.platformMs, changes(at));
};
const signedWith = (role: string, wrong: 'snapshot' | 'lists') =>
  republish(() => ({
    keys: (keys, signing) =>
      signing === role ? { ...keys, [role === 'lists' ? 'lists' : role]: keys[wrong] } : keys,
  }));
const unlike = (text: string) => (made: SignedFile) => ({ ...made, bytes: Buffer.from(text) });
/** The file of one role from before, under the name of the one that is current. */
const former = (role: string) => (at: Loopback) => {
  const old = metadata(at, `${snapshotVersion(at)}.${role}.json`);
  publishAnother(at);
  replaceFiles(at, { [`${snapshotVersion(at)}.${role}.json`]: old });
};

const SIGNATURES: Row[] = [
  [
    'every signature is wrong',
    'signature',
    (at) => {
      publishAnother(at);
      at.source = badlySigned(at.repository);
    },
  ],
  [
    'the new root has one signature of the two it takes',
    'signature',
    (at) => {
      at.repository.rotateRoot();
      replaceFiles(at, { '2.root.json': underSigned(metadata(at, '2.root.json'), 1) });
    },
  ],
  [
    'the new root is not signed by its own keys',
    'signature',
    (at) => {
      at.repository.rotateRoot();
      replaceFiles(at, { '2.root.json': underSigned(metadata(at, '2.root.json'), 3) });
    },
  ],
  [
    'the new root follows another than the one in force',
    'signature',
    (at) => {
      at.repository.rotateRoot();
      at.repository.rotateRoot();
      replaceFiles(at, { '2.root.json': metadata(at, '3.root.json') });
    },
  ],
  ['the timestamp is signed by another role', 'signature', signedWith('timestamp', 'snapshot')],
  ['the snapshot is signed by another role', 'signature', signedWith('snapshot', 'lists')],
  ['the targets are signed by another role', 'signature', signedWith('targets', 'lists')],
  ['the lists are signed by another role', 'signature', signedWith('lists', 'snapshot')],
];

const REPLAYS: Row[] = [
  ['a newer timestamp with an older snapshot', 'rollback', republish(() => ({ version: { snapshot: 1 } }))],
  ['a newer snapshot with older targets', 'rollback', republish(() => ({ version: { targets: 1 } }))],
  ['a newer snapshot with older lists', 'rollback', republish(() => ({ version: { lists: 1 } }))],
  [
    'the root in force as the next one',
    'rollback',
    (at) => replaceFiles(at, { '2.root.json': metadata(at, '1.root.json') }),
  ],
  [
    'a root that skips a version',
    'rollback',
    (at) =>
      replaceFiles(at, {
        '2.root.json': nextRoot(at.repository, { version: 3, expiresAtMs: at.clock.platformMs + DAY_MS })
          .bytes,
      }),
  ],
  [
    'the same metadata after it has expired',
    'freeze',
    (at) => {
      at.source = frozen(at.repository);
      pass(at, 2 * DAY_MS);
    },
  ],
  ['an expired timestamp', 'freeze', republish(() => ({ lifeMs: { timestamp: -1000 } }))],
  ['an expired snapshot', 'freeze', republish(() => ({ lifeMs: { snapshot: -1000 } }))],
  ['expired targets', 'freeze', republish(() => ({ lifeMs: { targets: -1000 } }))],
  ['expired lists', 'freeze', republish(() => ({ lifeMs: { lists: -1000 } }))],
  ['the snapshot of another time', 'mix_and_match', former('snapshot')],
  ['the targets of another time', 'mix_and_match', former('targets')],
  ['the lists of another time', 'mix_and_match', former('lists')],
  [
    'a snapshot of another version than the timestamp says',
    'mix_and_match',
    republish(() => ({
      replace: { snapshot: (made) => ({ ...made, version: made.version + 1 }) },
    })),
  ],
  [
    'lists of another version than the snapshot says',
    'mix_and_match',
    republish(() => ({
      replace: { lists: (made) => ({ ...made, version: made.version + 1 }) },
    })),
  ],
  [
    'a new root that has expired',
    'expired_root',
    (at) =>
      replaceFiles(at, {
        '2.root.json': nextRoot(at.repository, { version: 2, expiresAtMs: at.clock.platformMs - 1000 }).bytes,
      }),
  ],
  ['the root in force, expired, and no newer one', 'expired_root', (at) => pass(at, 366 * DAY_MS)],
];

const truncated = (file: string) => (at: Loopback) => {
  publishAnother(at);
  const name = file.replace('N', String(snapshotVersion(at)));
  const bytes = metadata(at, name);
  replaceFiles(at, { [name]: bytes.subarray(0, bytes.length >> 1) });
};
const timestampIs = (text: string) => (at: Loopback) =>
  replaceFiles(at, { 'timestamp.json': Buffer.from(text) });

const rootIs = (text: string) => (at: Loopback) => replaceFiles(at, { '2.root.json': Buffer.from(text) });

const BAD_BYTES: Row[] = [
  ['a truncated timestamp', 'malformed', truncated('timestamp.json')],
  ['a truncated snapshot', 'malformed', truncated('N.snapshot.json')],
  ['truncated targets', 'malformed', truncated('N.targets.json')],
  ['truncated lists', 'malformed', truncated('N.lists.json')],
  ['garbage for a timestamp', 'malformed', timestampIs('\u0000\uffff}{')],
  ['nothing for a timestamp', 'malformed', timestampIs('')],
  ['null for a timestamp', 'malformed', timestampIs('null')],
  ['a list for a timestamp', 'malformed', timestampIs('[]')],
  [
    'a root for a timestamp',
    'malformed',
    (at) => replaceFiles(at, { 'timestamp.json': metadata(at, '1.root.json') }),
  ],
  ['garbage for the next root', 'malformed', (at) => replaceFiles(at, { '2.root.json': Buffer.from('{') })],
  [
    'garbage for a snapshot, rightly hashed',
    'malformed',
    republish(() => ({
      replace: { snapshot: unlike('{') },
    })),
  ],
  [
    'garbage for targets, rightly hashed',
    'malformed',
    republish(() => ({ replace: { targets: unlike('[]') } })),
  ],
  ['garbage for lists, rightly hashed', 'malformed', republish(() => ({ replace: { lists: unlike('{}') } }))],
  ['a root that names one key twice', 'malformed', rootIs('{"signed":{},"signed":{}}')],
  ['a root of more entries than any has', 'malformed', rootIs(`{"signed":[${'1,'.repeat(5000)}1]}`)],
  ['a root nested deeply', 'malformed', rootIs(`${'['.repeat(30_000)}${']'.repeat(30_000)}`)],
  ['an offline grace of more than a year', 'malformed', republish(() => ({ offlineGraceS: 4e8 }))],
  ['an offline grace below 0', 'malformed', republish(() => ({ offlineGraceS: -1 }))],
];

const trustIs = (content: string) => (at: Loopback) => {
  pass(at, 1000);
  at.repository.setTarget('trust.json', Buffer.from(content));
  at.repository.publish();
};
const trustSentAs = (change: (bytes: Buffer) => Buffer) => (at: Loopback) => {
  publishAnother(at);
  at.intercept = (path, response) => {
    if (!path.startsWith('targets/')) return false;
    response.writeHead(200).end(change(trustJson(2)));
    return true;
  };
};

const TRUST: Row[] = [
  ['trust.json of other content', 'target_mismatch', trustSentAs(() => trustJson(3))],
  [
    'trust.json that is too long',
    'target_mismatch',
    trustSentAs((b) => Buffer.concat([b, Buffer.from(' ')])),
  ],
  ['trust.json that is too short', 'target_mismatch', trustSentAs((b) => b.subarray(1))],
  ['trust.json that is no trust', 'trust_unusable', trustIs('{"anchors":1}')],
  ['trust.json that is no JSON', 'trust_unusable', trustIs('{"anchors":[')],
  [
    'no trust.json',
    'trust_unusable',
    (at) => {
      pass(at, 1000);
      at.repository.removeTarget('trust.json');
      at.repository.publish();
    },
  ],
  [
    'trust.json larger than its limit',
    'oversized',
    trustIs(JSON.stringify({ anchors: [], x: 'x'.repeat(70_000) })),
  ],
  [
    'lists signed by a key of another role',
    'trust_unusable',
    republish(() => ({
      keys: (keys) => ({ ...keys, lists: keys.snapshot }),
    })),
  ],
];

const answers =
  (status: number, body: string | Buffer = '', headers = {}): Spoil =>
  (at) => {
    at.intercept = (_path, response) => {
      response.writeHead(status, headers).end(body);
      return true;
    };
  };
/** Sends until the other side has had enough. */
const endless: Spoil = (at) => {
  at.intercept = (_path, response) => {
    const more = () => {
      while (!response.closed && response.write(Buffer.alloc(16_384, '{')));
    };
    response.on('drain', more).writeHead(200);
    more();
    return true;
  };
};

const NETWORK: Row[] = [
  ['an answer without end', 'oversized', endless],
  [
    'an answer that inflates',
    'oversized',
    answers(200, gzipSync(Buffer.alloc(50_000_000)), {
      'content-encoding': 'gzip',
    }),
  ],
  [
    'an answer of another coding than it says',
    'unreachable',
    answers(200, 'no gzip', {
      'content-encoding': 'gzip',
    }),
  ],
  ['an error of the platform', 'unreachable', answers(500)],
  ['a token that is not taken', 'unreachable', answers(401)],
  ['a redirect', 'unreachable', answers(302, '', { location: 'http://127.0.0.1:1/' })],
  [
    'a connection that breaks off',
    'unreachable',
    (at) => {
      at.intercept = (_path, response) => {
        response.writeHead(200, { 'content-length': 100 }).write('{"signed"', () => response.destroy());
        return true;
      };
    },
  ],
  [
    'a snapshot that is not there',
    'unreachable',
    (at) => {
      publishAnother(at);
      replaceFiles(at, { [`${snapshotVersion(at)}.snapshot.json`]: null });
    },
  ],
  [
    'silence',
    'unreachable',
    (at) => {
      at.intercept = () => true;
    },
  ],
];

const LIMITS = { limits: { metadataBytes: 65_536, trustBytes: 65_536 } };
/** Of a platform that says nothing. */
const SILENCE_MS = 300;

describe('refused, and the last good kept', () => {
  const rows = [...SIGNATURES, ...REPLAYS, ...BAD_BYTES, ...TRUST, ...NETWORK];
  test.each(rows)('%s: %s', async (name, fault, spoil) => {
    const at = await loopback();
    const limits = name === 'silence' ? { ...LIMITS, timeoutMs: SILENCE_MS } : LIMITS;
    const gateway = at.gateway(limits);
    const good = await gateway.update();
    spoil(at);
    expect(await faultOf(gateway.update())).toBe(fault);
    expect(gateway.refused).toEqual(counts({ [fault]: 1 }));
    expect((await at.gateway().load())?.trust).toEqual(good.trust);
    // Refused by a gateway that starts with what is on disk, too.
    expect(await faultOf(at.gateway(limits).update())).toBe(fault);
    expect((await at.gateway().load())?.trust).toEqual(good.trust);
  });

  test('an older timestamp: rollback', async () => {
    const at = await loopback();
    const old = frozen(at.repository);
    publishAnother(at);
    const gateway = at.gateway();
    const good = await gateway.update();
    at.source = old;
    expect(await faultOf(gateway.update())).toBe('rollback');
    expect(await faultOf(at.gateway().update())).toBe('rollback');
    expect((await at.gateway().load())?.trust).toEqual(good.trust);
  });

  test('a platform that is gone: unreachable', async () => {
    const at = await loopback();
    const gateway = at.gateway();
    const good = await gateway.update();
    await at.stop();
    expect(await faultOf(gateway.update())).toBe('unreachable');
    expect((await at.gateway().load())?.trust).toEqual(good.trust);
  });

  test('once the platform is right again, so is the gateway', async () => {
    const at = await loopback();
    const gateway = at.gateway(LIMITS);
    await gateway.update();
    for (const [, fault, spoil] of [...BAD_BYTES, ...NETWORK].filter(([n]) => n !== 'silence')) {
      spoil(at);
      expect(await faultOf(gateway.update())).toBe(fault);
      at.intercept = () => false;
      at.source = at.repository;
      publishAnother(at);
      await gateway.update();
    }
  });
});

test('what is too large is not read to its end', async () => {
  const at = await loopback();
  let sentBytes = 0;
  let isOver: (value: unknown) => void = () => {};
  const over = new Promise((resolve) => {
    isOver = resolve;
  });
  at.intercept = (_path, response) => {
    const piece = Buffer.alloc(65_536, ' ');
    const more = () => {
      do sentBytes += piece.length;
      while (!response.closed && response.write(piece));
    };
    response.on('drain', more).on('close', isOver).writeHead(200);
    more();
    return true;
  };
  expect(await faultOf(at.gateway(LIMITS).update())).toBe('oversized');
  // Comes only if the gateway ends the connection.
  await over;
  expect(sentBytes).toBeLessThan(50_000_000);
});

describe('lists', () => {
  test.each<[string, TrustFault, string | null]>([
    ['other content', 'target_mismatch', 'the caads'],
    ['less than there should be', 'target_mismatch', 'the card'],
    ['more than there should be', 'target_mismatch', 'the cards!'],
    ['nothing', 'unreachable', null],
  ])('%s: %s', async (_name, fault, content) => {
    const at = await loopback();
    const gateway = at.gateway();
    await gateway.update();
    at.intercept = (path, response) => {
      if (!path.startsWith('targets/')) return false;
      response.writeHead(content === null ? 404 : 200).end(content ?? '');
      return true;
    };
    expect(await faultOf(gateway.fetchTarget('lists/cards.list'))).toBe(fault);
    expect(gateway.refused).toEqual(counts({ [fault]: 1 }));
    at.intercept = () => false;
    await expect(gateway.fetchTarget('lists/cards.list')).resolves.toMatch(/cards\.list$/);
  });

  test('larger than the limit: oversized, and not asked for', async () => {
    const at = await loopback();
    const gateway = at.gateway({ limits: { targetBytes: 8 } });
    await gateway.update();
    at.asked.length = 0;
    expect(await faultOf(gateway.fetchTarget('lists/cards.list'))).toBe('oversized');
    expect(at.asked).toEqual([]);
  });
});

test('a first root that is none is not started with', async () => {
  const at = await loopback();
  const spoilt = underSigned(at.repository.rootJson(), 1);
  writeFileSync(at.rootFile, spoilt);
  expect(() => at.gateway()).toThrow(expect.objectContaining({ code: 'signature' }));
  writeFileSync(at.rootFile, '{}');
  expect(() => at.gateway()).toThrow(expect.objectContaining({ code: 'malformed' }));
});

test('an hour of a wrong clock is no expiry', async () => {
  const at = await loopback();
  at.clock.gatewayMs += HOUR_MS;
  await expect(at.gateway().update()).resolves.toBeDefined();
});
