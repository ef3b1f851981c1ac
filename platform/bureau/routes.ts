/** The bureau's interface below `/bureau/v1/`, on the platform's address and under its bearer token. */
import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '../http/problem.ts';
import { garbageReply, jsonReply, type Reply } from '../http/reply.ts';
import { jsonIn, readBody } from '../http/request.ts';
import type { Bureau, Verdict } from './bureau.ts';
import { AskedReceipts, SentLines, TestedLines } from './schemas.ts';

export const BUREAU_PATH = '/bureau/v1/';
const BODY_BYTES_MAX = 4_194_304;
const SLOW_MS = 1_000;

/** Null: the connection is to be reset without an answer. Throws Problem. */
export async function answerBureau(bureau: Bureau, request: IncomingMessage): Promise<Reply | null> {
  if (request.method !== 'POST') throw new Problem('request.method_not_allowed', { allow: 'POST' });
  const path = (request.url ?? '').slice(BUREAU_PATH.length);
  const body = jsonIn(request, await readBody(request, BODY_BYTES_MAX));
  const { fault } = bureau;
  if (fault === 'down') return null;
  const results = judged(bureau, path, body);
  // What was taken is taken, also where nobody waits for the answer any more.
  if (fault === 'slow') await sleep(SLOW_MS);
  if (fault === 'garbage') return garbageReply();
  // Taken, and the hotel does not hear of it.
  if (fault === 'lose_answers' && path === 'reports') return null;
  return jsonReply({ results });
}

function judged(bureau: Bureau, path: string, body: unknown): Verdict[] {
  switch (path) {
    case 'test':
      if (!TestedLines.Check(body)) throw new Problem('request.malformed');
      return bureau.test(body.lines);
    case 'reports':
      if (!SentLines.Check(body)) throw new Problem('request.malformed');
      return bureau.send(body.lines);
    case 'receipts':
      if (!AskedReceipts.Check(body)) throw new Problem('request.malformed');
      return bureau.receipts(body.report_ids);
    default:
      throw new Problem('request.not_found');
  }
}
