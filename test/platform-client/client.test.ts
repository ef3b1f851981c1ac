import { generateKeyPairSync } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { PlatformClient } from '../../gateway/platform/client.ts';
import { PlatformError } from '../../gateway/platform/platform-error.ts';
import { readPlatformKey } from '../../gateway/platform/signed-document.ts';
import { temporaryFolder } from '../journal/temporary-folder.ts';
import {
  cardsPayload,
  type Handler,
  keys,
  scriptedPlatform,
  send,
  signed,
  TOKEN,
  trustPayload,
} from './scripted-platform.ts';

function clientOf(
  url: string,
  folder = temporaryFolder(),
  limits: { timeoutMs?: number; maxBytes?: number } = {},
) {
  return new PlatformClient({
    endpoint: { url, token: TOKEN, timeoutMs: limits.timeoutMs ?? 5_000 },
    publicKey: keys.publicKey,
    folder,
    maxDocumentBytes: limits.maxBytes ?? 100_000,
  });
}

async function faultOf(run: Promise<unknown>): Promise<string> {
  const error = await run.then(
    () => null,
    (reason) => reason,
  );
  return error instanceof PlatformError ? error.fault : `not a PlatformError: ${String(error)}`;
}

/** Puts everything in force, and remembers what. */
function inForce() {
  const revisions: string[] = [];
  return { revisions, put: ({ revision }: { revision: string }) => void revisions.push(revision) };
}

const jose = { 'content-type': 'application/jose' };

describe('update', () => {
  test('puts a signed document in force, keeps it, and asks only for another from then on', async () => {
    const folder = join(temporaryFolder(), 'platform');
    const jws = await signed(trustPayload('r1', 100));
    const platform = await scriptedPlatform(({ ifNoneMatch }, response) => {
      if (ifNoneMatch === '"r1"') response.writeHead(304).end();
      else send(response, jws, { ...jose, etag: '"r1"' });
    });
    const client = clientOf(`${platform.url}/`, folder);
    const { revisions, put } = inForce();
    expect(await client.update('trust', put)).toBe(true);
    expect(await client.update('trust', put)).toBe(false);
    expect(revisions).toEqual(['r1']);
    expect(platform.received).toEqual([
      {
        method: 'GET',
        path: '/v1/trust',
        authorization: `Bearer ${TOKEN}`,
        ifNoneMatch: undefined,
        body: '',
      },
      { method: 'GET', path: '/v1/trust', authorization: `Bearer ${TOKEN}`, ifNoneMatch: '"r1"', body: '' },
    ]);
    expect(readFileSync(join(folder, 'trust.jws'), 'utf8')).toBe(jws);
    expect(statSync(join(folder, 'trust.jws')).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['trust.jws']);
  });

  test('without entity tags the same revision is not put in force twice', async () => {
    const jws = await signed(cardsPayload('c1', 100));
    const platform = await scriptedPlatform((_, response) => send(response, jws));
    const client = clientOf(platform.url);
    const { revisions, put } = inForce();
    expect([await client.update('cards', put), await client.update('cards', put)]).toEqual([true, false]);
    expect(revisions).toEqual(['c1']);
  });

  test('takes newer documents and refuses older ones; the newer stays in force and on disk', async () => {
    const folder = temporaryFolder();
    const documents = [cardsPayload('c1', 100), cardsPayload('c2', 200), cardsPayload('c1', 100)];
    const all = await Promise.all(documents.map((each) => signed(each)));
    let next = 0;
    const platform = await scriptedPlatform((_, response) => send(response, all[next++] ?? ''));
    const client = clientOf(platform.url, folder);
    const { revisions, put } = inForce();
    expect([await client.update('cards', put), await client.update('cards', put)]).toEqual([true, true]);
    expect(await faultOf(client.update('cards', put))).toBe('rollback');
    expect(revisions).toEqual(['c1', 'c2']);
    expect(readFileSync(join(folder, 'cards.jws'), 'utf8')).toBe(all[1]);
  });

  const other = generateKeyPairSync('ed25519');
  const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const good = trustPayload('r1', 100);
  const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(good)).toString('base64url')}.`;
  const answers: [string, string, Handler][] = [
    ['another key', 'signature', async (_, r) => send(r, await signed(good, other.privateKey))],
    ['another algorithm', 'signature', async (_, r) => send(r, await signed(good, p256.privateKey, 'ES256'))],
    ['no algorithm', 'signature', (_, r) => send(r, unsigned)],
    ['a changed payload', 'signature', async (_, r) => send(r, (await signed(good)).replace(/\.(.)/, '.A'))],
    ['garbage', 'signature', (_, r) => send(r, Buffer.from([0, 255, 1, 254]))],
    ['nothing', 'signature', (_, r) => send(r, '')],
    ['signed garbage', 'malformed', async (_, r) => send(r, await signed('{'))],
    ['a signed number', 'wrong_kind', async (_, r) => send(r, await signed('7'))],
    ['the card list', 'wrong_kind', async (_, r) => send(r, await signed(cardsPayload('c1', 100)))],
    ['no revision', 'malformed', async (_, r) => send(r, await signed({ ...good, revision: undefined }))],
    ['one member more', 'malformed', async (_, r) => send(r, await signed({ ...good, more: 1 }))],
    ['a time as text', 'malformed', async (_, r) => send(r, await signed({ ...good, issuedAtMs: '100' }))],
    [
      'a wrong anchor',
      'malformed',
      async (_, r) => send(r, await signed({ ...good, document: { anchors: [1] } })),
    ],
    ['too many bytes', 'too_large', (_, r) => send(r, 'x'.repeat(100_001))],
    [
      'too many bytes, packed',
      'too_large',
      (_, r) => send(r, gzipSync('x'.repeat(1e6)), { 'content-encoding': 'gzip' }),
    ],
    ['401', 'unauthorised', (_, r) => void r.writeHead(401).end()],
    ['403', 'unauthorised', (_, r) => void r.writeHead(403).end()],
    ['404', 'status', (_, r) => void r.writeHead(404).end()],
    ['500', 'status', (_, r) => void r.writeHead(500).end('x'.repeat(1_000))],
    ['204', 'status', (_, r) => void r.writeHead(204).end()],
    ['304 unasked', 'status', (_, r) => void r.writeHead(304).end()],
    ['a redirect', 'unreachable', (_, r) => void r.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
    ['a broken connection', 'unreachable', (_, r) => void r.destroy()],
    [
      'half an answer',
      'unreachable',
      (_, r) => {
        r.writeHead(200, { 'content-length': '1000' }).write('x');
        setImmediate(() => r.destroy());
      },
    ],
  ];
  test.each(answers)('%s is refused as %s, and what was in force stays', async (_, fault, handler) => {
    const folder = temporaryFolder();
    const first = await signed(trustPayload('r0', 50));
    const platform = await scriptedPlatform((_request, response) => send(response, first));
    const client = clientOf(platform.url, folder);
    const { revisions, put } = inForce();
    await client.update('trust', put);
    platform.handler = handler;
    expect(await faultOf(client.update('trust', put))).toBe(fault);
    expect(revisions).toEqual(['r0']);
    expect(readFileSync(join(folder, 'trust.jws'), 'utf8')).toBe(first);
  });

  test('too slow an answer is a timeout, in its head or in its body', async () => {
    const platform = await scriptedPlatform(() => {});
    const client = clientOf(platform.url, temporaryFolder(), { timeoutMs: 150 });
    expect(await faultOf(client.update('trust', () => {}))).toBe('timeout');
    platform.handler = (_, response) => void response.writeHead(200).write('x');
    expect(await faultOf(client.update('trust', () => {}))).toBe('timeout');
  });

  test('a platform that is gone is unreachable, and no message holds the token', async () => {
    const client = clientOf('http://127.0.0.1:1');
    const error = await client.update('trust', () => {}).catch((reason) => reason);
    expect(error).toMatchObject({ fault: 'unreachable' });
    expect(`${error.message} ${JSON.stringify(error)}`).not.toContain(TOKEN);
  });

  test('a document that cannot be put in force is not kept, and not fetched again until there is another', async () => {
    const folder = temporaryFolder();
    const jws = await signed(cardsPayload('c1', 100));
    const platform = await scriptedPlatform(({ ifNoneMatch }, response) => {
      if (ifNoneMatch === '"c1"') response.writeHead(304).end();
      else send(response, jws, { etag: '"c1"' });
    });
    const client = clientOf(platform.url, folder);
    const refuse = () => {
      throw new Error('the list holds a card twice');
    };
    expect(await faultOf(client.update('cards', refuse))).toBe('unusable');
    expect(await client.update('cards', refuse)).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('restore', () => {
  async function kept(payload: unknown = cardsPayload('c1', 100)) {
    const folder = temporaryFolder();
    const jws = await signed(payload);
    const platform = await scriptedPlatform((_, response) => send(response, jws));
    await clientOf(platform.url, folder).update('cards', () => {});
    return { folder, jws };
  }

  test('starts from disk with no platform in reach', async () => {
    const { folder } = await kept();
    const { revisions, put } = inForce();
    const client = clientOf('http://127.0.0.1:1', folder);
    expect(await client.restore('cards', put)).toBe(true);
    expect(await client.restore('trust', put)).toBe(false);
    expect(revisions).toEqual(['c1']);
  });

  test('still refuses what is older than the document on disk', async () => {
    const { folder } = await kept();
    const older = await signed(cardsPayload('c0', 99));
    const platform = await scriptedPlatform((_, response) => send(response, older));
    const client = clientOf(platform.url, folder);
    await client.restore('cards', () => {});
    expect(await faultOf(client.update('cards', () => {}))).toBe('rollback');
  });

  test('verifies again: a changed file is refused', async () => {
    const { folder, jws } = await kept();
    const at = Math.floor(jws.length / 2);
    const changed = jws.slice(0, at) + (jws[at] === 'A' ? 'B' : 'A') + jws.slice(at + 1);
    writeFileSync(join(folder, 'cards.jws'), changed);
    expect(await faultOf(clientOf('http://127.0.0.1:1', folder).restore('cards', () => {}))).toBe(
      'signature',
    );
  });

  test('refuses a kept document of another kind', async () => {
    const { folder, jws } = await kept();
    writeFileSync(join(folder, 'trust.jws'), jws);
    expect(await faultOf(clientOf('http://127.0.0.1:1', folder).restore('trust', () => {}))).toBe(
      'wrong_kind',
    );
  });
});

describe('the pinned key', () => {
  test('is an Ed25519 public key, and nothing else', () => {
    const folder = temporaryFolder();
    const file = (name: string, content: unknown) => {
      writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
      return join(folder, name);
    };
    const good = file('good.jwk', keys.publicKey.export({ format: 'jwk' }));
    expect(readPlatformKey(good).asymmetricKeyType).toBe('ed25519');
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    for (const bad of [
      file('ec.jwk', publicKey.export({ format: 'jwk' })),
      file('x', 'x'),
      join(folder, 'none'),
    ]) {
      expect(() => readPlatformKey(bad)).toThrow(PlatformError);
    }
  });
});
