/** A request that names no stream: the pair in its answer gets the same decision, for ever. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeToken } from '../protocol/plain-client.rig.ts';
import { type GatewayUnderTest, startGateway } from './gateway-under-test.rig.ts';
import { chipTapOf, goodCards } from './presentations.rig.ts';

/** More than the streams of one device that are remembered while nothing of theirs is in flight. */
const OTHERS = 80;
type Answer = Readonly<Record<string, unknown>>;

let gateway: GatewayUnderTest;
beforeEach(async () => {
  gateway = await startGateway();
});
afterEach(() => gateway.stop());

async function post(path: string, token: string, body?: object): Promise<Answer> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const init = { method: 'POST', headers, ...(body && { body: JSON.stringify(body) }) };
  return (await (await fetch(`${gateway.http}${path}`, init)).json()) as Answer;
}

async function session(): Promise<(body: object) => Promise<Answer>> {
  const { token } = await post('/v1/sessions', makeToken(gateway.target('desk-1')));
  return (body) => post('/v1/verifications', String(token), body);
}

test('at once, when the stream is forgotten, and from a gateway that was killed and started again', async () => {
  const [card = 0, other = 0] = goodCards(gateway.city, 'sm2');
  const shown = chipTapOf(gateway.city, card).json;
  const verify = await session();
  const first = await verify(shown);
  expect(first).toMatchObject({ code: 'allow.good', seq: 0 });
  const again = { ...shown, stream: first['stream'], seq: first['seq'] };
  expect(await verify(again)).toEqual(first);

  const others = Array.from({ length: OTHERS }, () => verify(chipTapOf(gateway.city, other).json));
  const streams = (await Promise.all(others)).map((answer) => {
    expect(answer['code']).toBe('allow.good');
    return answer['stream'];
  });
  expect(new Set([...streams, first['stream']]).size).toBe(OTHERS + 1);
  expect(await verify(again)).toEqual(first);
  expect(await verify({ ...again, ...chipTapOf(gateway.city, other).json })).toMatchObject({
    code: 'tap.sequence_conflict',
  });

  await gateway.kill('SIGKILL');
  await gateway.restart();
  const verifyAnew = await session();
  expect(await verifyAnew(again)).toEqual(first);
  expect((await verifyAnew(shown))['code']).toBe('deny.replayed');
});
