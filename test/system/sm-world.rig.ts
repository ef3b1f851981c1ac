/**
 * A gateway with a hotel desk in a process of its own, in profile `sm`, and everything that it wrote, sent and was asked while it
 * was used: what a search for the other profile goes through.
 */
import { execFileSync } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { presentationLine, SHOWN_FAMILIES } from '../../platform/issue/presentations.ts';
import { familyNamed, PRESENTABLE_FAMILIES } from '../../workers/families/table.ts';
import { type DeskSession, enter, sessionOf } from '../composed/desk-session.rig.ts';
import { ADULT, checkIn } from '../composed/desk-stays.rig.ts';
import { exportRecipient } from '../composed/export-recipient.rig.ts';
import { PAYOUT, receiptDevice } from '../composed/receipts.rig.ts';
import { cityFile, policyNamed, shippedCity } from '../fixtures/city-document.ts';
import { PlainClient } from '../protocol/plain-client.rig.ts';
import type { SeenCrypto } from './crypto-seen.rig.ts';
import { freePort, type GatewayUnderTest, MAIN, startGateway } from './gateway-under-test.rig.ts';
import { chipTapOf, goodCards, rideCodeOf } from './presentations.rig.ts';

/** Where it was found: a file, an answer, a frame. */
export interface Said {
  readonly where: string;
  readonly content: Uint8Array | string;
}

export interface SmWorld {
  readonly gateway: GatewayUnderTest;
  readonly desk: string;
  /** Answers of HTTP with their headers, frames, deliveries of webhooks. */
  readonly said: Said[];
  /** What was asked of node:crypto so far, in every thread. */
  asked(): readonly SeenCrypto[];
  /** Every file of the data folder. */
  stored(): readonly Said[];
  /** `onecard` beside it. */
  run(...args: string[]): string;
  stop(): Promise<void>;
}

const SEEN = new URL('./crypto-seen.rig.ts', import.meta.url).href;
const WITHIN = { timeout: 20_000, interval: 25 };
const KEY = '5a'.repeat(32);
const MATCH_KEY = 'c3'.repeat(32);
const PIN_SECRET = '7e'.repeat(32);
const PASSWORD = 'harbour light at five';
const ANY = '11/desk';
/** Of node:http. */
const REQUESTED = 'http.server.request.start';

export async function startSmWorld(): Promise<SmWorld> {
  const [port, platformPort] = [await freePort(), await freePort()];
  const desk = `http://127.0.0.1:${port}`;
  const said: Said[] = [];
  const seen = mkdtempSync(join(tmpdir(), 'onecard-seen-'));
  const seenFile = join(seen, 'asked.jsonl');
  const gateway = await startGateway({
    cards: 80,
    devices: [{ deviceId: 'desk-1', class: 'desk', scenes: [ANY, '11/guest', PAYOUT] }],
    platform: {
      port: platformPort,
      token_status_ttl_s: 1,
      matchKey: Buffer.from(MATCH_KEY, 'hex'),
      pinSecret: Buffer.from(PIN_SECRET, 'hex'),
    },
    env: { NODE_OPTIONS: `--import ${SEEN}`, ONECARD_TEST_CRYPTO_FILE: seenFile },
    before(folder) {
      for (const [name, text] of [
        ['desk-key', KEY],
        ['match-key', MATCH_KEY],
        ['pin-secret', PIN_SECRET],
      ] as const) {
        writeFileSync(join(folder, name), text, { mode: 0o600 });
      }
      cityFile(city(), folder);
    },
    settings: {
      city: 'city.json',
      hotel: {
        hotel_id: 'harbour',
        listen: { host: '127.0.0.1', port },
        ...{ key_file: 'desk-key', match_key_file: 'match-key', pin_secret_file: 'pin-secret' },
        report: {
          ...{ adapter: 'http', url: `http://127.0.0.1:${platformPort}/bureau/v1` },
          ...{ token_file: 'platform-token', retry_ms: 30 },
        },
      },
    },
  });
  const [endFetched, endRequested] = [keepFetched(said), keepRequested(said)];
  return {
    gateway,
    desk,
    said,
    asked: () =>
      readFileSync(seenFile, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as SeenCrypto),
    stored: () => filesBelow(gateway.dataFolder),
    run: (...args) =>
      execFileSync(process.execPath, [MAIN, ...args, '--config', gateway.configFile], { encoding: 'utf8' }),
    async stop() {
      endFetched();
      endRequested();
      await gateway.stop();
      rmSync(seen, { recursive: true, force: true });
    },
  };
}

/** The shipped one, with a desk that takes every family without asking much, and an office that gives receipts. */
function city() {
  const document = shippedCity();
  const all = {
    ...policyNamed(document, 'hotel-desk'),
    ...{ policy: 'all', families: [...PRESENTABLE_FAMILIES.keys()], holder: 'any', token_offline: 'refer' },
    ...{ live: 'never', unlisted: 'allow', not_covered: 'allow', list_too_old: 'allow' },
  };
  document.policies.push(all);
  document.scenes = document.scenes
    .filter(({ scene }) => scene !== ANY && scene !== PAYOUT)
    .concat([
      { scene: ANY, service: 11, point: 'desk', policy: 'all' },
      { scene: PAYOUT, service: 1, point: 'desk', policy: 'all', receipts: ['identity', 'disbursement'] },
    ]);
  return document;
}

/** Whatever this process fetches is kept. Returns what ends it. */
function keepFetched(said: Said[]): () => void {
  const fetched = globalThis.fetch;
  globalThis.fetch = async (...asked) => {
    const answer = await fetched(...asked);
    const isEndless = answer.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
    const content = isEndless ? new Uint8Array() : new Uint8Array(await answer.clone().arrayBuffer());
    const where = `${asked[1]?.method ?? 'GET'} ${String(asked[0])} ${answer.status}`;
    said.push(
      { where, content },
      { where: `${where} headers`, content: JSON.stringify([...answer.headers]) },
    );
    return answer;
  };
  return () => {
    globalThis.fetch = fetched;
  };
}

/** Whatever a server of this process is asked is kept: by the gateway, that is of platform, bureau and webhooks. */
function keepRequested(said: Said[]): () => void {
  const keep = (news: unknown) => {
    const { request } = news as { readonly request: IncomingMessage };
    const where = `asked ${request.method} ${request.url}`;
    said.push({ where: `${where} headers`, content: JSON.stringify(request.rawHeaders) });
    const push = request.push.bind(request);
    request.push = (piece, encoding) => {
      if (piece instanceof Uint8Array) said.push({ where, content: Uint8Array.from(piece) });
      return push(piece, encoding);
    };
  };
  subscribe(REQUESTED, keep);
  return () => void unsubscribe(REQUESTED, keep);
}

async function receiver(): Promise<{ readonly url: string; close(): void }> {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function filesBelow(folder: string): Said[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ where: file.slice(folder.length + 1), content: readFileSync(file) }));
}

/** Taps of every family, by frames and by REST; a receipt; a status list of tokens, and a credential that is on it. */
export async function tapEverything({ gateway, said }: SmWorld): Promise<void> {
  const { city, platform } = gateway;
  await platform.publish({
    trust: { ...city.trustDocument(), statusLists: [platform.tokenStatus.source] },
  });
  const client = await PlainClient.connect(gateway.target('desk-1'));
  said.push({ where: 'welcome', content: JSON.stringify(client.welcome) });
  let seq = 0;
  const tap = async (scene: string, family: string, shown: object) => {
    seq += 1;
    const { message, frame } = await client.tap(seq, { scene, family, ...shown });
    said.push({ where: `frame of ${family}`, content: frame });
    return message;
  };
  const [sm2 = 0] = goodCards(city, 'sm2');
  const [rsa = 0] = goodCards(city, 'rsa');
  for (const [family, shown] of [
    ['chip-oda', chipTapOf(city, sm2).binary],
    ['chip-oda', chipTapOf(city, rsa).binary],
    ['transit-qr', rideCodeOf(city, sm2).binary],
  ] as const) {
    await tap(ANY, family, shown);
  }
  await client.bye();
  const clients: PlainClient[] = [];
  const device = await receiptDevice(gateway, 'desk-1', clients);
  const decision_id = await device.decided(PAYOUT);
  const given = await device.post({ decision_id, purpose: 'disbursement', reference: 'search/1' });
  if (given.status !== 201) throw new Error(`no receipt: ${JSON.stringify(given)}`);
  for (const each of clients) await each.bye();
}

/** What a hotel does: signs in, checks a guest in by each family, tells the bureau, tells a webhook, looks at everything. */
export async function useDesk(world: SmWorld): Promise<DeskSession> {
  const { desk, gateway, said } = world;
  const oneTime = /password (\S+)/.exec(gateway.output)?.[1] ?? '';
  const first = await enter({ url: desk }, 'manager', oneTime);
  const changed = await first.ask('/session/password', { body: { old: oneTime, new: PASSWORD } });
  const manager = await sessionOf({ url: desk } as never, PASSWORD, changed);
  const hook = await receiver();
  await manager.json('/v1/webhooks', { body: { url: hook.url } });
  const delivered = () => said.some(({ where }) => where.startsWith('asked POST /hook'));
  const [index = 0] = goodCards(gateway.city, 'sm2');
  for (const [at, family] of SHOWN_FAMILIES.entries()) {
    if (familyNamed(family)?.challenge === 'required') continue;
    const { credential, context } = presentationLine(family, {
      ...{
        city: gateway.city,
        index,
        atMs: Date.now(),
        mode: 'dda',
        chip: 0,
        nonce: String(at),
        fault: null,
      },
    });
    const answer = await manager.ask('/v1/verifications', {
      body: { scene: ANY, family, credential, context },
    });
    said.push({ where: `verification of ${family}`, content: await answer.text() });
  }
  const verification = await manager.json<{ verification_id: string }>('/v1/verifications', {
    body: { scene: ANY, ...chipTapOf(gateway.city, index).json },
  });
  const declared = { full_name: '李明', document_kind: 'id-card', document_number: ADULT };
  const stay = await checkIn(manager, [
    { verification_id: verification.verification_id, declared, person_compared: true },
    { declared, person_compared: true },
  ]);
  await vi.waitUntil(delivered, WITHIN);
  await vi.waitUntil(() => said.some(({ where }) => where.includes('/bureau/v1/')), WITHIN);
  await manager.json('/v1/register/purge', { body: {} });
  const auditor = await exportRecipient('sm');
  const exported = await manager.ask('/v1/register/export', {
    body: { recipients: [auditor.text], reason: 'search' },
  });
  const rows = await auditor.open(new Uint8Array(await exported.arrayBuffer()));
  if (!rows.includes('李明')) throw new Error('the export has no guest');
  // Of the second nothing was proven: the bureau is told by what was declared.
  const gone = stay.guests[1]?.guest_id ?? '';
  await manager.json(`/v1/guests/${gone}/check-out`, { body: {} });
  const erase = { body: { guest_ids: [gone], reason: 'at their request' } };
  await vi.waitUntil(async () => (await manager.ask('/v1/register/erase', erase)).ok, WITHIN);
  await manager.json('/v1/readers/pairings', { body: {} });
  await manager.json('/v1/clients', { body: { title: 'search', scopes: ['events:read'] } });
  hook.close();
  return manager;
}

/** Every page that may be got, of gateway, operators' address and desk, as their own descriptions list them; and what is logged. */
export async function lookAtEverything(world: SmWorld, manager: DeskSession): Promise<void> {
  const { gateway, desk, said } = world;
  for (const path of ['/metrics', '/livez', '/readyz', '/mode', '/', '/page.js', '/v1/cluster']) {
    await fetch(`${gateway.admin}${path}`);
  }
  await fetch(`${gateway.http}/.well-known/onecard-receipts.json`);
  const described = (await (await fetch(`${gateway.http}/openapi.json`)).json()) as OpenApi;
  for (const path of gettable(described)) await fetch(`${gateway.http}${path}`);
  const ofDesk = (await (await fetch(`${desk}/openapi.json`)).json()) as OpenApi;
  for (const path of gettable(ofDesk).filter((each) => !each.endsWith('/stream'))) await manager.ask(path);
  await fetch(`${desk}/`);
  said.push({ where: 'log', content: gateway.output });
  said.push({ where: 'onecard config show', content: world.run('config', 'show', '--all') });
  said.push({ where: 'onecard receipt keys', content: world.run('receipt', 'keys') });
  said.push({ where: 'onecard journal verify', content: world.run('journal', 'verify') });
}

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** With a name in place of each parameter: what is not there is answered too. */
function gettable({ paths }: OpenApi): string[] {
  return Object.entries(paths)
    .filter(([, methods]) => 'get' in methods)
    .map(([path]) => path.replace(/\{[^}]+\}/g, 'w0123456789abcdef'));
}
