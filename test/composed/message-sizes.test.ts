/** How large a presentation may be depends on who shows it: a desk sends portraits, a gate and a stranger do not. */
import { encode } from '@msgpack/msgpack';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { makeToken, PlainClient } from '../protocol/plain-client.rig.ts';
import { chipTapOf, goodCards } from '../system/presentations.rig.ts';
import { type ComposedGateway, startComposed } from './composed-gateway.rig.ts';

const GATE_BYTES = 16_384;
const DESK_BYTES = 98_304;

async function started() {
  const composed = await startComposed({
    devices: [
      { deviceId: 'gate-1', class: 'gate', scenes: ['29/entry'] },
      { deviceId: 'desk-1', class: 'desk', scenes: ['29/entry'] },
      { deviceId: 'batch-1', class: 'batch', scenes: ['29/entry'] },
    ],
  });
  onTestFinished(() => composed.stop());
  return composed;
}

/** A tap that is good but for data objects that nobody reads; `text`: how it is to be measured. */
function largeTap({ city }: ComposedGateway, bytes: number) {
  const [card = 0] = goodCards(city, 'sm2');
  const { binary, json } = chipTapOf(city, card);
  const tags: Record<string, Uint8Array> = {};
  for (let at = 0; at * 500 < bytes; at += 1)
    tags[`DF${(0x10 + at).toString(16).toUpperCase()}`] = new Uint8Array(500);
  const hex = Object.fromEntries(
    Object.entries(tags).map(([tag, value]) => [tag, Buffer.from(value).toString('hex')]),
  );
  const more = (shown: object, given: object) => {
    const { credential } = shown as { credential: { tags: object } };
    return { ...shown, credential: { ...credential, tags: { ...credential.tags, ...given } } };
  };
  return { binary: more(binary, tags), json: more(json, hex) };
}

async function session(composed: ComposedGateway, deviceId: string): Promise<string> {
  const headers = { authorization: `Bearer ${makeToken(composed.target(deviceId))}` };
  const response = await fetch(`${composed.address.http}/v1/sessions`, { method: 'POST', headers });
  return ((await response.json()) as { token: string }).token;
}

async function post(composed: ComposedGateway, token: string, path: string, body: unknown) {
  const response = await fetch(`${composed.address.http}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return (await response.json()) as {
    readonly code?: string;
    readonly results?: readonly { code: string }[];
  };
}

test('a desk may send what a gate may not, and each is told how much', async () => {
  const composed = await started();
  const large = largeTap(composed, 20_000);
  const desk = await PlainClient.connect(composed.target('desk-1'));
  expect(desk.welcome['max_frame_bytes']).toBe(DESK_BYTES);
  expect((await desk.tap(1, large.binary)).message['code']).toBe('allow.good');
  await desk.bye();
  const gate = await PlainClient.connect(composed.target('gate-1'));
  expect(gate.welcome['max_frame_bytes']).toBe(GATE_BYTES);
  await expect(gate.tap(1, large.binary)).rejects.toThrow('the connection closed');
  expect(await gate.closed).toEqual({ code: 4_413, reason: 'request.too_large' });
});

test('who is not let in may send what a gate may, whoever it would be', async () => {
  const composed = await started();
  const socket = new WebSocket(composed.address.gate, 'onecard.gate.v1');
  await new Promise((resolve) => socket.on('open', resolve));
  const closed = new Promise((resolve) =>
    socket.on('close', (code, reason) => resolve([code, reason.toString()])),
  );
  const token = makeToken(composed.target('desk-1'));
  socket.send(
    encode({ t: 'hello', v: 1, token, stream: new Uint8Array(16), more: new Uint8Array(GATE_BYTES) }),
  );
  expect(await closed).toEqual([4_413, 'request.too_large']);
});

test('over REST it is the same, one by one and in a batch', async () => {
  const composed = await started();
  const [gate, desk] = [await session(composed, 'gate-1'), await session(composed, 'desk-1')];
  const ask = async (token: string, path: string, wrap: (shown: object) => unknown) =>
    post(composed, token, path, wrap(largeTap(composed, 20_000).json));
  const one = (shown: object) => shown;
  const many = (shown: object) => ({ items: [shown] });
  expect((await ask(desk, '/v1/verifications', one)).code).toBe('allow.good');
  expect((await ask(gate, '/v1/verifications', one)).code).toBe('request.too_large');
  expect((await ask(desk, '/v1/verifications:batch', many)).results?.[0]?.code).toBe('allow.good');
  expect((await ask(gate, '/v1/verifications:batch', many)).results?.[0]?.code).toBe('request.too_large');
});

test('a body above what its class may send is not read to its end', async () => {
  const composed = await started();
  const [gate, desk] = [await session(composed, 'gate-1'), await session(composed, 'desk-1')];
  const padded = { ...largeTap(composed, 0).json, more: ' '.repeat(GATE_BYTES * 4) };
  expect((await post(composed, gate, '/v1/verifications', padded)).code).toBe('request.too_large');
  expect((await post(composed, desk, '/v1/verifications', padded)).code).toBe('request.wrong_type');
  // By a device token nobody knows yet whose it is.
  const token = makeToken(composed.target('desk-1'));
  expect((await post(composed, token, '/v1/verifications', padded)).code).toBe('request.too_large');
});
