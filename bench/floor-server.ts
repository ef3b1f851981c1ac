/**
 * The baseline: the same server library and the same messages, with nothing behind them. It answers every tap at once
 * with a fixed decision, so that what the network, the codec and the generator cost is known from the same run.
 */

import { Packr, Unpackr } from 'msgpackr';
import { serverLibrary } from '../gateway/transport/server-library.ts';

const packr = new Packr({ useRecords: false });
const unpackr = new Unpackr({ useRecords: false });

const library = serverLibrary();

library
  .App()
  .ws('/v1/gate', {
    maxPayloadLength: 16_384,
    upgrade: (response, request, context) => {
      response.upgrade(
        {},
        request.getHeader('sec-websocket-key'),
        request.getHeader('sec-websocket-protocol'),
        request.getHeader('sec-websocket-extensions'),
        context,
      );
    },
    message: (socket, bytes) => {
      const message = unpackr.unpack(new Uint8Array(bytes)) as { t: string; seq: number; at_ms: number };
      socket.send(packr.pack(reply(message)), true);
    },
  })
  .listen('127.0.0.1', 0, (listening) => {
    if (!listening) throw new Error('the baseline cannot listen');
    process.send?.({ port: library.us_socket_local_port(listening) });
  });

function reply({ t, seq, at_ms }: { t: string; seq: number; at_ms: number }) {
  if (t === 'hello') {
    return {
      t: 'welcome',
      v: 1,
      gateway: 'bench',
      device: 'bench-gate',
      scenes: ['29/entry'],
      server_time_ms: Date.now(),
      heartbeat_ms: 15_000,
      max_in_flight: 100_000,
      max_frame_bytes: 16_384,
      deadline_ms: 500,
    };
  }
  if (t === 'ping') return { t: 'pong', at_ms, server_time_ms: Date.now() };
  return {
    t: 'decision',
    seq,
    id: `bench:${seq}`,
    outcome: 'allow',
    code: 'allow.good',
    at_ms: Date.now(),
    mode: 'lists',
    scene: '29/entry',
    facts: {},
  };
}
