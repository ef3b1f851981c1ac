/** Sends one attack over a bare socket, and says what became of it and of a request behind it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { NEXT, NEXT_CODE, type Outcome } from './framing-corpus.rig.ts';
import { RawSocket } from './raw-socket.rig.ts';

/** Longer than the patience of library and gateway with a request that does not end. */
const PATIENCE_MS = 30_000;

interface Answer {
  readonly status: number;
  /** The code of a problem document, `problem` where its body is not sent; `html` of the library's own; else empty. */
  readonly said: string;
}

export interface Walked {
  /** What came, in order. */
  readonly answers: readonly Answer[];
  /** The gateway ended the connection. */
  readonly isOver: boolean;
}

/**
 * Writes the attack. `alone`: a second request follows once the first is answered, where the connection still stands;
 * else it follows in the same write. Ends when both are answered, the connection is over, or nothing comes any more.
 */
export async function walk(
  http: string,
  bytes: string,
  { alone = true, isHead = false } = {},
): Promise<Walked> {
  const socket = await RawSocket.open(http);
  const patience = AbortSignal.timeout(PATIENCE_MS);
  const answered = async (count: number) => {
    while (!socket.isOver && !patience.aborted && answersOf(socket.received, isHead).length < count) {
      await Promise.race([socket.closed, sleep(5)]);
    }
  };
  socket.write(Buffer.from(alone ? bytes : bytes + NEXT, 'latin1'));
  await answered(1);
  if (alone) socket.write(NEXT);
  await answered(2);
  const { isOver, received } = socket;
  socket.end();
  return { answers: answersOf(received, isHead), isOver };
}

/** Whole answers; what the library says by itself has no length, and ends with the connection. */
function answersOf(received: string, isHead: boolean): readonly Answer[] {
  const answers: Answer[] = [];
  let rest = received;
  for (;;) {
    const [, status, fields = ''] =
      /^HTTP\/1\.1 (\d{3}) [^\r\n]*\r\n((?:[^\r\n]+\r\n)*)\r\n/.exec(rest) ?? [];
    if (status === undefined) return answers;
    const head = rest.indexOf('\r\n\r\n') + 4;
    const length = Number(/^content-length: (\d+)\r$/im.exec(fields)?.[1] ?? 0);
    const bodyLength = isHead && answers.length === 0 ? 0 : length;
    if (rest.length < head + bodyLength) return answers;
    const body = rest.slice(head, head + bodyLength);
    const html = bodyLength === 0 ? (/^<h1>.*<\/i>/s.exec(rest.slice(head))?.[0] ?? '') : '';
    const isProblem = /^content-type: application\/problem\+json\r$/im.test(fields);
    answers.push({ status: Number(status), said: html ? 'html' : isProblem ? codeOf(body) : '' });
    rest = rest.slice(head + bodyLength + html.length);
  }
}

const codeOf = (body: string) => (body === '' ? 'problem' : (JSON.parse(body) as { code: string }).code);

/** What became of an attack, in words that an outcome can be held against. */
export function becameOf({ answers, isOver }: Walked): string {
  const words = answers.map(({ status, said }) =>
    said === NEXT_CODE ? 'the next was handled' : `${status} ${said}`,
  );
  return [...words, isOver ? 'over' : 'open'].join(', ');
}

/** What should become of it when it comes alone. */
export function alone(outcome: Outcome, isHead = false): string {
  switch (outcome.by) {
    case 'gateway':
      return `${outcome.status} ${isHead ? 'problem' : outcome.code}, over`;
    case 'library':
      return `${outcome.status} html, over`;
    case 'route':
      return `${outcome.status} ${outcome.code}, the next was handled, open`;
    case 'nobody':
      return outcome.stays ? 'open' : 'over';
    case 'cut':
      return 'over';
  }
}
