/**
 * One device of each class sends taps without end, as many at once as it can, each as dear to prove as can be: forged ride
 * codes of an account that no thread remembers, every signature another. Beside it an honest device of each class.
 * Was: a class was first come, first served, so its honest devices were refused with tap.deadline_unreachable.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { encode } from '@msgpack/msgpack';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { DEVICE_CLASSES } from '../../gateway/verification.ts';
import { makeToken } from '../protocol/plain-client.rig.ts';
import type { GatewayUnderTest } from '../system/gateway-under-test.rig.ts';
import { goodCards, rideCodeOf } from '../system/presentations.rig.ts';
import { HonestGate } from './honest-gate.rig.ts';
import { startHostileRun } from './hostile-run.rig.ts';

const DEADLINE_MS = 2_000;
const FLOOD_MS = 8_000;
/** More than one device may have unanswered. */
const UNANSWERED = 1_200;
const TOP_UP_MS = 5;
/** The user's signature is at the end of a ride code. */
const SIGNATURE_BYTES = 64;

const DEVICES = DEVICE_CLASSES.flatMap((deviceClass) =>
  ['flooder', 'honest'].map((who) => ({
    ...{ deviceId: `${deviceClass}-${who}`, class: deviceClass, scenes: ['29/entry'] },
  })),
);

/** Floods until told to stop; how often which code was answered. */
class Flooder {
  readonly codes = new Map<string, number>();
  readonly #socket: WebSocket;
  readonly #code: Uint8Array;
  #sent = 0;
  #answered = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(gateway: GatewayUnderTest, deviceId: string) {
    const { city } = gateway;
    const [card = 0] = goodCards(city, 'sm2');
    this.#code = rideCodeOf(city, card, { validity_s: 600 }).binary.credential['code'] as Uint8Array;
    this.#socket = new WebSocket(gateway.gate, 'onecard.gate.v1');
    this.#socket.on('open', () => {
      const token = makeToken(gateway.target(deviceId));
      this.#socket.send(encode({ t: 'hello', v: 1, token, stream: new Uint8Array(16) }));
    });
    // Of an answer the code is all that counts: it is found without reading the rest.
    this.#socket.on('message', (frame: Buffer) => this.#read(frame.toString('latin1')));
    this.#socket.on('error', () => {});
  }

  async run(ms: number): Promise<void> {
    this.#timer = setInterval(() => this.#topUp(), TOP_UP_MS);
    await sleep(ms);
    clearInterval(this.#timer);
    this.#socket.terminate();
  }

  #read(answer: string): void {
    const code = /\xa4code[^a-z]+([a-z]+\.[a-z_]+)/.exec(answer)?.[1];
    if (code === undefined) return;
    this.#answered += 1;
    this.codes.set(code, (this.codes.get(code) ?? 0) + 1);
  }

  #topUp(): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    for (; this.#sent - this.#answered < UNANSWERED; this.#sent += 1) {
      const code = Uint8Array.from(this.#code);
      new DataView(code.buffer).setUint32(code.length - SIGNATURE_BYTES / 2, this.#sent + 1);
      const tap = { t: 'tap', seq: this.#sent, family: 'transit-qr', credential: { code }, context: {} };
      this.#socket.send(encode(tap));
    }
  }
}

test.each(DEVICE_CLASSES)(
  'a flooding %s harms neither a gate nor a desk nor a batch client',
  async (deviceClass) => {
    const { gateway, unharmed } = await startHostileRun({
      // An engine so slow that the flood outruns it on any machine.
      env: { ONECARD_ENGINE: 'portable' },
      devices: DEVICES,
      settings: {
        limits: {
          deadline_gate_ms: DEADLINE_MS,
          deadline_desk_ms: DEADLINE_MS,
          deadline_batch_ms: DEADLINE_MS,
        },
      },
      honest: { deviceId: 'gate-honest' },
    });
    const beside: HonestGate[] = [];
    for (const deviceId of ['desk-honest', 'batch-honest']) {
      const intervalMs = 100;
      beside.push(await HonestGate.connect(gateway, { deviceId, deadlineMs: DEADLINE_MS, intervalMs }));
    }
    const flooder = new Flooder(gateway, `${deviceClass}-flooder`);
    for (const each of beside) each.start();
    await flooder.run(FLOOD_MS);
    for (const each of beside) {
      const { taps, harm } = await each.stop();
      expect(taps.length).toBeGreaterThan(0);
      expect(harm).toEqual([]);
    }
    // It was at work, and bounded.
    expect(flooder.codes.get('signature.user') ?? 0).toBeGreaterThan(100);
    expect(flooder.codes.get('tap.too_many_in_flight') ?? 0).toBeGreaterThan(100);
    await unharmed();
  },
);
