/** A key is free again when the time is over that its answer is kept for, also while the row of that answer is still there. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { expect, test } from 'vitest';
import { HotelError } from '../../../../hotel/hotel-error.ts';
import { Idempotency } from '../../../../hotel/http/idempotency.ts';
import type { GuestRegister, Put, Row } from '../../../../hotel/register/guest-register.ts';
import { TEST_PROFILE } from '../../../crypto-profile.rig.ts';

const DAY_MS = 86_400_000;

test('after a day the key does another thing, and keeps that answer', async () => {
  const rows = new Map<string, Row<'answer'>>();
  let nowMs = Date.UTC(2026, 10, 30);
  const get = async (_: string, id: string) => rows.get(id) ?? null;
  const idempotency = new Idempotency({
    crypto: { profile: TEST_PROFILE, changing_over: false },
    ...{ register: { get } as unknown as GuestRegister, now: () => nowMs, keepMs: DAY_MS },
    ...{ rememberedMax: 1, rememberedMs: 1 },
  });
  const commit = ({ table, id, purgeDay, value, expectVersion }: Put<'answer'>) => {
    if ((rows.get(id)?.version ?? null) !== expectVersion) throw new HotelError('conflict', 'changed');
    rows.set(id, { table, id, purgeDay, value, version: (expectVersion ?? 0) + 1 });
  };
  const reply = { status: () => reply } as unknown as FastifyReply;
  const send = (body: object, answer: string) => {
    const request = {
      ...{ actor: { kind: 'client', id: 'c' }, method: 'POST', url: '/v1/stays', body },
      headers: { 'idempotency-key': 'one' },
    } as unknown as FastifyRequest;
    return idempotency.kept(request, reply, async (answerPut) => {
      const done = { status: 201, body: answer };
      commit(answerPut(done));
      return done;
    });
  };
  expect(await send({ a: 1 }, 'first')).toBe('first');
  nowMs += DAY_MS - 1;
  expect(await send({ a: 1 }, 'second')).toBe('first');
  nowMs += 1;
  expect(await send({ a: 2 }, 'third')).toBe('third');
  expect(await send({ a: 2 }, 'fourth')).toBe('third');
});
