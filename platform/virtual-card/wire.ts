/**
 * The wire of the virtual card of vsmartcard: two bytes of length, big-endian, and as many of payload. One byte is an order to
 * the card (power off, power on, reset, say the ATR); more are a command.
 */
import type { Socket } from 'node:net';
import type { ChipApplication } from './chip-application.ts';

export const ORDERS = { off: 0, on: 1, reset: 2, atr: 4 } as const;

/** Answer to reset: T=1, eleven bytes of history, and their check byte (ISO/IEC 7816-3 clause 8). */
export const ATR = withCheckByte(
  Uint8Array.of(0x3b, 0x8b, 0x80, 0x01, ...new TextEncoder().encode('ONECARDTEST')),
);

/** Plays the card on a connection until that is closed. */
export function playCard(socket: Socket, card: ChipApplication): void {
  let left: Uint8Array = new Uint8Array();
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    left = Buffer.concat([left, chunk]);
    for (;;) {
      const length = ((left[0] ?? 0) << 8) | (left[1] ?? 0);
      if (left.length < 2 || left.length < 2 + length) return;
      const payload = left.subarray(2, 2 + length);
      left = left.subarray(2 + length);
      const answer = answerOf(card, payload);
      if (answer !== null) socket.write(framed(answer));
    }
  });
}

function answerOf(card: ChipApplication, payload: Uint8Array): Uint8Array | null {
  if (payload.length !== 1) return card.answer(Uint8Array.from(payload));
  if (payload[0] === ORDERS.atr) return ATR;
  card.reset();
  return null;
}

export function framed(payload: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(payload.length >> 8, payload.length & 0xff), payload]);
}

function withCheckByte(bytes: Uint8Array): Uint8Array {
  const check = bytes.subarray(1).reduce((sum, byte) => sum ^ byte, 0);
  return Uint8Array.of(...bytes, check);
}
