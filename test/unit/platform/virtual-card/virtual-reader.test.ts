/** The virtual card on the wire that vsmartcard speaks. */
import { connect, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createCity } from '../../../../platform/city.ts';
import { VirtualReader } from '../../../../platform/virtual-card/virtual-reader.ts';
import { ATR, framed, ORDERS } from '../../../../platform/virtual-card/wire.ts';

const city = createCity({ seed: 'virtual reader', cards: 2, chips: 'sm2' });
const reader = new VirtualReader();
afterEach(() => reader.close());

async function connected(): Promise<Socket> {
  const port = await reader.listen();
  reader.put({ chip: city.card(0).chip });
  const socket = connect({ port, host: '127.0.0.1' });
  await new Promise((resolve) => socket.once('connect', resolve));
  return socket;
}
const next = (socket: Socket) => new Promise<Buffer>((resolve) => socket.once('data', resolve));

test('orders and commands come in any pieces', async () => {
  const socket = await connected();
  socket.write(Buffer.concat([framed(Uint8Array.of(ORDERS.on)), framed(Uint8Array.of(ORDERS.atr))]));
  expect(await next(socket)).toEqual(framed(ATR));
  const select = framed(Buffer.from('00A404000E325041592E5359532E444446303100', 'hex'));
  socket.write(select.subarray(0, 1));
  socket.write(select.subarray(1));
  const answer = await next(socket);
  expect(answer.subarray(-2).toString('hex')).toBe('9000');
  expect(answer.readUInt16BE(0)).toBe(answer.length - 2);
});

test('a reset forgets what was selected', async () => {
  const socket = await connected();
  const own = city.card(0).chip.tags['84'] ?? new Uint8Array();
  const ask = async (payload: Uint8Array) => {
    socket.write(framed(payload));
    return (await next(socket)).subarray(-2).toString('hex');
  };
  expect(await ask(Uint8Array.of(0, 0xa4, 4, 0, own.length, ...own, 0))).toBe('9000');
  const options = Uint8Array.of(0x80, 0xa8, 0, 0, 19, 0x83, 17, ...new Uint8Array(17), 0);
  expect(await ask(options)).toBe('9000');
  socket.write(framed(Uint8Array.of(ORDERS.reset)));
  expect(await ask(options)).toBe('6985');
});

test('a card that is taken away ends the connection, and none is had while nothing lies there', async () => {
  const socket = await connected();
  const ended = new Promise((resolve) => socket.once('close', resolve));
  reader.remove();
  await ended;
  const port = socket.remotePort ?? 0;
  const again = connect({ port, host: '127.0.0.1' });
  again.on('error', () => {});
  await new Promise((resolve) => again.once('close', resolve));
});
