/** A WebSocket by hand, that goes no further than it is told, and reads nothing unless told. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const UPGRADE = [
  'GET /v1/gate HTTP/1.1',
  'Host: gateway',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA==',
  'Sec-WebSocket-Protocol: onecard.gate.v1',
  '',
  '',
].join('\r\n');

/** RFC 6455 clause 5.2: a masked ping of 125 bytes, its mask 0. */
export const PING = Buffer.concat([Buffer.from([0x89, 0x80 | 125, 0, 0, 0, 0]), Buffer.alloc(125, 7)]);

/** A masked binary message, its mask 0. */
export function binaryMessage(payload: Uint8Array): Buffer {
  const { length } = payload;
  const head = length < 126 ? [0x82, 0x80 | length] : [0x82, 0x80 | 126, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), payload]);
}

export interface Upgraded {
  readonly socket: Socket;
  readonly isOver: () => boolean;
}

/** Resolves when the connection has become a WebSocket; null when it was refused. What comes thereafter is not read. */
export async function upgrade(http: string, from = '127.0.0.1'): Promise<Upgraded | null> {
  const { hostname, port } = new URL(http);
  const socket = connect({ host: hostname, port: Number(port), localAddress: from, noDelay: true });
  let isOver = false;
  socket.on('error', () => {});
  socket.once('close', () => {
    isOver = true;
  });
  socket.write(UPGRADE);
  const answer = once(socket, 'data').then(([chunk]) => String(chunk));
  const status = await Promise.race([answer, once(socket, 'close').then(() => '')]).catch(() => '');
  socket.pause();
  if (status.startsWith('HTTP/1.1 101')) return { socket, isOver: () => isOver };
  socket.destroy();
  return null;
}
