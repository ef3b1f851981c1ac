/** The parts of the load generator: what it writes, what it makes of hostile bytes, and how it counts. */
import { createServer, type Server, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { answerHead } from '../../bench/load/answer.ts';
import type { LoadConnection } from '../../bench/load/connection.ts';
import { LoadConnection as Connection } from '../../bench/load/connection.ts';
import { binaryFrame, FrameReader, pongFrame } from '../../bench/load/frames.ts';
import { OpenLoop } from '../../bench/load/open-loop.ts';
import { encodeAnswer, encodeRefusal } from '../../gateway/transport/taps/gate-protocol.ts';

/** As a server sends it: without a mask. */
function serverFrame(opcode: number, payload: Uint8Array): Buffer {
  const { length } = payload;
  const head = length < 126 ? [0x80 | opcode, length] : [0x80 | opcode, 126, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), payload]);
}

function readAll(chunks: readonly Buffer[]): { messages: string[]; pings: string[]; closed: string[] } {
  const seen = { messages: [] as string[], pings: [] as string[], closed: [] as string[] };
  const reader = new FrameReader({
    message: (bytes, start, end) => seen.messages.push(bytes.toString('hex', start, end)),
    ping: (payload) => seen.pings.push(Buffer.from(payload).toString('hex')),
    close: (reason) => seen.closed.push(reason),
  });
  for (const chunk of chunks) reader.push(chunk);
  return seen;
}

describe('frames of the load', () => {
  test.each([0, 1, 125, 126, 300, 0xffff])('a payload of %i bytes is masked and framed', (length) => {
    const payload = Uint8Array.from({ length }, (_, i) => i * 7);
    const frame = Buffer.from(binaryFrame(payload, 0x1234_5678));
    const head = length < 126 ? 2 : 4;
    expect(frame[0]).toBe(0x82);
    expect(frame[1]).toBe(0x80 | (length < 126 ? length : 126));
    if (head === 4) expect(frame.readUInt16BE(2)).toBe(length);
    const mask = frame.subarray(head, head + 4);
    expect(mask.readUInt32BE()).toBe(0x1234_5678);
    const body = frame.subarray(head + 4).map((byte, i) => byte ^ (mask[i % 4] as number));
    expect(Buffer.from(body).equals(payload)).toBe(true);
  });

  test('what is too long for it is refused', () => {
    expect(() => binaryFrame(new Uint8Array(0x1_0000), 0)).toThrow(RangeError);
    expect(() => readAll([Buffer.from([0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0])])).toThrow('64 KiB');
  });

  test('a pong carries what the ping did', () => {
    expect(Buffer.from(pongFrame(Buffer.from('hi'))).toString('hex')).toBe('8a82000000006869');
  });

  test('frames are the same however the bytes are cut', () => {
    const sent = [1, 125, 126, 400].map((length) => Buffer.alloc(length, length));
    const stream = Buffer.concat([
      ...sent.map((payload) => serverFrame(2, payload)),
      serverFrame(9, Buffer.from('ping')),
      serverFrame(8, Buffer.from('\x03\xe8bye', 'latin1')),
    ]);
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 8 }), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), stream.length];
        const seen = readAll(at.slice(1).map((end, i) => stream.subarray(at[i], end)));
        expect(seen.messages).toEqual(sent.map((payload) => payload.toString('hex')));
        expect(seen.pings).toEqual([Buffer.from('ping').toString('hex')]);
        expect(seen.closed).toEqual(['bye']);
      }),
      { seed: 5, numRuns: 100 },
    );
  });

  test.each([0x81, 0x02, 0xc2, 0x83])('a frame that begins with %i is an error, not a message', (head) => {
    expect(() => readAll([Buffer.from([head, 1, 0])])).toThrow('unexpected frame');
  });
});

const head = (bytes: Uint8Array) => ({ ...answerHead(Buffer.from(bytes), 0, bytes.length) });
const decision = (seq: number) =>
  encodeAnswer({
    kind: 'decision',
    seq,
    decisionId: `bench-0-${seq}`.padEnd(40, '0'),
    outcome: 'allow',
    code: 'allow.good',
    atMs: 1_795_161_600_123,
    mode: 'lists',
    scene: '29/entry',
    facts: { region: 'cq' },
  });

describe('heads of answers', () => {
  test.each([0, 127, 128, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 40])(
    'number %i is read as the gateway writes it',
    (seq) => {
      expect(head(decision(seq))).toEqual({ seq, code: 'allow.good' });
      expect(head(encodeRefusal(seq, 'tap.queue_full', 100))).toEqual({ seq, code: 'tap.queue_full' });
    },
  );

  test('what answers no tap has no number', () => {
    expect(head(encodeRefusal(null, 'request.malformed', 0)).seq).toBe(-1);
    expect(head(Uint8Array.of(0x81, 0xa1, 0x74, 0xa4, 0x70, 0x6f, 0x6e, 0x67)).seq).toBe(-1);
    expect(head(new Uint8Array()).seq).toBe(-1);
  });

  test('hostile bytes never throw, and never give a number that is none', () => {
    const good = decision(70_000);
    const damaged = fc
      .tuple(fc.nat(good.length), fc.uint8Array({ maxLength: 6 }), fc.nat(good.length))
      .map(([at, bytes, drop]) => Buffer.concat([good.subarray(0, at), bytes, good.subarray(at + drop)]));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 80 }), damaged), (bytes) => {
        const { seq, code } = head(bytes);
        expect(Number.isSafeInteger(seq) && seq >= -1).toBe(true);
        expect(code.length).toBeLessThanOrEqual(bytes.length);
      }),
      { seed: 5, numRuns: 3_000 },
    );
  });
});

/** Takes frames, and answers as it is told. */
function fakeConnection(onFlush: (frames: readonly Uint8Array[]) => void): LoadConnection {
  const added: Uint8Array[] = [];
  return {
    backlogBytes: 0,
    add: (frame: Uint8Array) => void added.push(frame),
    flush: () => onFlush(added.splice(0)),
    close: () => {},
  } as unknown as LoadConnection;
}

const frames = Array.from({ length: 40 }, (_, i) => Uint8Array.of(i));
const often = { ratePerS: 2_000, frames, firstSeq: 100, draw: () => 0.5 };

describe('the open loop', () => {
  test('sends every frame in order, and counts each answer once it is asked for', async () => {
    const sent: number[] = [];
    const loop: OpenLoop = new OpenLoop({
      ...often,
      outstandingMax: 100,
      connections: [
        fakeConnection((batch) => {
          for (const [i] of batch) {
            sent.push(i as number);
            loop.answered(100 + (i as number), 'allow.good');
          }
        }),
      ],
    });
    loop.answered(99, 'someone.else');
    loop.answered(140, 'someone.else');
    const result = await loop.run();
    expect(sent).toEqual(frames.map(([i]) => i));
    expect(result).toMatchObject({ intended: 40, answered: 40, unsent: 0, unanswered: 0 });
    expect(result.codes).toEqual({ 'allow.good': 40 });
    expect(result.latency.totalCount).toBe(40);
    expect(result.sendLag.totalCount).toBe(40);
  });

  test('what would be too many at once is unsent, and in no latency', async () => {
    let sent = 0;
    const held: number[] = [];
    const loop: OpenLoop = new OpenLoop({
      ...often,
      outstandingMax: 3,
      connections: [
        fakeConnection((batch) => {
          sent += batch.length;
          for (const [i] of batch) held.push(i as number);
          if (sent === 3 && held.length === 3) {
            // Answered only after all other arrivals are over.
            setTimeout(() => {
              for (const i of held.splice(0)) loop.answered(100 + i, 'allow.good');
            }, 60);
          }
        }),
      ],
    });
    const result = await loop.run();
    expect(result.unsent + result.answered + result.unanswered).toBe(result.intended);
    expect(result.answered).toBe(sent);
    expect(result.unsent).toBeGreaterThan(0);
    expect(result.latency.totalCount).toBe(sent);
  });
});

const servers: Server[] = [];
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

async function serverThatSays(bytes: Uint8Array | string): Promise<string> {
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.once('data', () => socket.write(bytes));
  });
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return `ws://127.0.0.1:${(server.address() as { port: number }).port}/v1/gate`;
}

describe('opening a connection of the load', () => {
  const events = { token: 'token', onAnswer: () => {}, onClosed: () => {} };

  test('rejects with the answer of a server that does not upgrade', async () => {
    const url = await serverThatSays('HTTP/1.1 503 Service Unavailable\r\n\r\n');
    await expect(Connection.open({ ...events, url })).rejects.toThrow('503');
  });

  test('rejects with the reason of a gateway that closes', async () => {
    const close = serverFrame(8, Buffer.from('\x0f\xa1auth.invalid', 'latin1'));
    const url = await serverThatSays(
      Buffer.concat([Buffer.from('HTTP/1.1 101 Switching Protocols\r\n\r\n'), close]),
    );
    await expect(Connection.open({ ...events, url })).rejects.toThrow('auth.invalid');
  });
});
