/** How an answer is written, whichever of the two libraries writes it: they differ in how an answer to HEAD ends. */
import type { HttpResponse } from 'uWebSockets.js';
import { describe, expect, test } from 'vitest';
import { type WrittenAnswer, writeAnswer } from '../../../../gateway/transport/taps/written-answer.ts';

const BODY = '{"ok":true}';
const ANSWER: WrittenAnswer = { status: '200 OK', headers: [], body: BODY, isHead: true, closes: false };

/** A response of a client that takes everything; `endsAtOnce`: as of 20.57.0, whose tryEnd ends an answer to HEAD. */
function responseOf(endsAtOnce: boolean) {
  const calls: string[] = [];
  let isOver = false;
  const called = (what: string) => {
    if (isOver) throw new Error('uWS.HttpResponse must not be accessed after a successful response');
    calls.push(what);
  };
  const response = {
    cork: (work: () => void) => work(),
    writeStatus: () => called('status'),
    tryEnd(body: string, length: number) {
      called(`tryEnd ${body.length} of ${length}`);
      isOver = endsAtOnce || body.length === length;
      return [true, isOver];
    },
    endWithoutBody() {
      called('endWithoutBody');
      isOver = true;
    },
    close() {
      called('close');
      isOver = true;
    },
  };
  return { calls, isOver: () => isOver, response: response as unknown as HttpResponse };
}

describe.each([
  ['uws-pack 20.0.8', false, ['status', `tryEnd 0 of ${BODY.length}`, 'endWithoutBody']],
  ['@btc-vision/uwebsockets.js 20.57.0', true, ['status', `tryEnd 0 of ${BODY.length}`]],
] as const)('with %s', (_name, endsAtOnce, headCalls) => {
  test.each([
    ['an answer to HEAD', ANSWER, headCalls],
    ['an answer to GET', { ...ANSWER, isHead: false }, ['status', `tryEnd ${BODY.length} of ${BODY.length}`]],
    [
      'an answer to GET that ends the connection',
      { ...ANSWER, isHead: false, closes: true },
      ['status', 'close'],
    ],
    ['an answer to HEAD that ends the connection', { ...ANSWER, closes: true }, ['status', 'close']],
  ])('%s is ended, once', (_what, answer, expected) => {
    const { calls, isOver, response } = responseOf(endsAtOnce);
    let taken = 0;
    expect(
      writeAnswer(response, answer, () => {
        taken += 1;
      }),
    ).toBe(0);
    expect([calls, taken, isOver()]).toEqual([expected, 1, true]);
  });
});
