/** Webhooks reach a receiver that fails, hangs, redirects and comes back: in order, at least once, signed. */
import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { EventLog } from '../../../../hotel/events/event-log.ts';
import { guardedLookup, isAllowedAddress, webhookUrl } from '../../../../hotel/events/webhook-address.ts';
import { Webhooks } from '../../../../hotel/events/webhooks.ts';
import { TEST_PROFILE } from '../../../crypto-profile.rig.ts';
import { MemoryRegister } from '../memory-register.rig.ts';

interface Taken {
  readonly body: string;
  readonly signature: string;
  readonly event: string;
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;
const take: Answer = (_, response) => void response.writeHead(204).end();
let answer: Answer = take;
let received: Taken[] = [];
let asked = 0;
let server: Server;
let url = '';
const WAIT = { timeout: 10_000, interval: 10 };

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    asked += 1;
    const { headers } = request;
    if (answer === take) {
      received.push({
        body: Buffer.concat(pieces).toString(),
        signature: String(headers['onecard-signature']),
        event: String(headers['onecard-event']),
      });
    }
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const [HASH, SIGNATURE] =
  TEST_PROFILE === 'sm' ? ['sm3', /^t=(\d+),sm3=([0-9a-f]{64})$/] : ['sha256', /^t=(\d+),v1=([0-9a-f]{64})$/];

async function open(register = new MemoryRegister()) {
  const failing: number[] = [];
  const logged: string[] = [];
  const events = await EventLog.open({ register, now: Date.now, keepMs: 1e9 });
  const webhooks = await Webhooks.open({
    ...{ register, events, hotelId: 'harbour', subscriptionsMax: 4, now: Date.now },
    ...{ retryMs: 10, answerMs: 150, alarmMs: 60, allowsPrivate: false, profile: TEST_PROFILE },
    log: (level) => void logged.push(level),
    onFailing: (count) => void failing.push(count),
  });
  const happens = (guestId: string) => events.commit({ puts: [] }, [{ kind: 'guest.checked_in', guestId }]);
  return { register, events, webhooks, failing, logged, happens };
}
const guests = () => received.map(({ body }) => (JSON.parse(body) as { guest_id: string }).guest_id);

test.each<[string, Answer]>([
  ['refuses', (_, response) => void response.writeHead(500).end()],
  ['hangs', () => {}],
  ['breaks off', (request) => void request.socket.destroy()],
  ['redirects', (_, response) => void response.writeHead(302, { location: `${url}/elsewhere` }).end()],
  ['pours', (_, response) => void response.writeHead(200).end(Buffer.alloc(1_000_000))],
])('a receiver that %s gets every event in order when it comes back', async (_, fault) => {
  received = [];
  asked = 0;
  answer = fault;
  const { webhooks, happens, failing, logged } = await open();
  await webhooks.add(webhooks.fresh(url, [], 'lin'), []);
  for (const guestId of ['a', 'b', 'c']) await happens(guestId);
  await vi.waitFor(() => expect(logged).toContain('error'), WAIT);
  expect([failing.at(-1), received]).toEqual([1, []]);
  expect(asked).toBeGreaterThan(1);
  answer = take;
  await vi.waitFor(() => expect(guests()).toEqual(['a', 'b', 'c']), WAIT);
  await vi.waitFor(() => expect(failing.at(-1)).toBe(0), WAIT);
  await webhooks.close();
});

test('a delivery has ids alone, and is signed over time and body as they were sent', async () => {
  received = [];
  answer = take;
  const { webhooks, happens } = await open();
  const made = webhooks.fresh(url, ['guest.checked_in'], 'lin');
  await webhooks.add(made, []);
  await happens('a');
  await vi.waitFor(() => expect(received).toHaveLength(1), WAIT);
  const [{ body, signature, event } = { body: '', signature: '', event: '' }] = received;
  const [, at, hex] = SIGNATURE.exec(signature) ?? [];
  expect(hex).toBe(createHmac(HASH, made.secret).update(`${at}.${body}`).digest('hex'));
  const said = JSON.parse(body) as Record<string, unknown>;
  expect(Object.keys(said).sort()).toEqual([
    'at_ms',
    'event_id',
    'guest_id',
    'hotel_id',
    'kind',
    'report_id',
    'stay_id',
  ]);
  expect(said['event_id']).toBe(event);
  await webhooks.changeSecret(made.subscriptionId, 'another', []);
  expect(await webhooks.test(made.subscriptionId)).toEqual({ taken: true, status: 204, fault: null });
  const tested = received.at(-1);
  const [, testedAt, testedHex] = SIGNATURE.exec(tested?.signature ?? '') ?? [];
  expect(testedHex).toBe(createHmac(HASH, 'another').update(`${testedAt}.${tested?.body}`).digest('hex'));
  await webhooks.close();
});

test('a desk that starts anew goes on where it was, and passes over kinds nobody wants', async () => {
  received = [];
  answer = take;
  const first = await open();
  const made = first.webhooks.fresh(url, ['guest.checked_in'], 'lin');
  await first.webhooks.add(made, []);
  await first.happens('a');
  await vi.waitFor(() => expect(guests()).toEqual(['a']), WAIT);
  await first.webhooks.close();
  await first.events.commit({ puts: [] }, [{ kind: 'guest.held', guestId: 'x' }]);
  await first.happens('b');
  const second = await open(first.register);
  await vi.waitFor(() => expect(guests()).toEqual(['a', 'b']), WAIT);
  await second.webhooks.remove(made.subscriptionId, []);
  await second.happens('c');
  expect((await open(first.register)).webhooks.all).toEqual([]);
  expect(guests()).toEqual(['a', 'b']);
});

test('addresses that a desk must not be sent to are refused, by name and by what they resolve to', async () => {
  const refused = [
    'http://example.org/',
    'https://user:word@example.org/',
    'https://example.org/#part',
    'ftp://127.0.0.1/',
    'https://169.254.169.254/latest',
    'https://[fe80::1]/',
    'https://[::ffff:169.254.169.254]/',
    'https://0.0.0.0/',
    'https://100.100.100.200/',
    'https://[64:ff9b::a9fe:a9fe]/',
    'https://0xa9fea9fe/',
    'nonsense',
  ];
  for (const address of refused) expect(webhookUrl(address, true), address).toBeNull();
  for (const address of ['https://10.1.2.3/', 'https://192.168.1.9:8443/x', 'https://[fd12::1]/']) {
    expect(webhookUrl(address, false), address).toBeNull();
    expect(webhookUrl(address, true)?.href, address).toBe(address);
  }
  for (const address of ['https://pms.example.org/hook', 'http://localhost:9/x', 'http://127.0.0.1:9/']) {
    expect(webhookUrl(address, false), address).not.toBeNull();
  }
  // A name of somebody else that leads to this machine.
  expect(isAllowedAddress('127.0.0.1', true)).toBe(false);
  expect(isAllowedAddress('::ffff:127.0.0.1', true)).toBe(false);
  expect(isAllowedAddress('::ffff:7f00:1', true)).toBe(false);
  expect(isAllowedAddress('8.8.8.8', false)).toBe(true);
  const looked = await new Promise((resolve) =>
    guardedLookup(true)('localhost.localdomain', { all: false }, (cause) => resolve(cause)),
  );
  expect(looked).toBeInstanceOf(Error);
});
