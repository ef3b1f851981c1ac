/**
 * Reports over an interface of JSON (docs/platform.md, The bureau): test, send, ask for receipts, a result for each line. It is
 * never redirected, since token and names would go to wherever that leads; time and bytes are bounded.
 */
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import {
  type AskedReport,
  HandoverError,
  type LineResult,
  type LineResults,
  type ReportAdapter,
} from './report-adapter.ts';
import type { ReportLine } from './report-lines.ts';

const ANSWER_MS = 20_000;
const ANSWER_BYTES_MAX = 1_048_576;

const strict = { additionalProperties: false } as const;
const ReportId = Type.String({ maxLength: 64 });
const Reason = Type.String({ minLength: 1, maxLength: 256 });
const refused = Type.Object({ report_id: ReportId, result: Type.Literal('refused'), reason: Reason }, strict);
const alone = <const Word extends string>(word: Word) =>
  Type.Object({ report_id: ReportId, result: Type.Literal(word) }, strict);
const accepted = Type.Object(
  {
    report_id: ReportId,
    result: Type.Literal('accepted'),
    receipt: Type.String({ pattern: '^[\\x21-\\x7e]{1,64}$' }),
  },
  strict,
);
const answerOf = <const Line extends Parameters<typeof Type.Union>[0]>(lines: Line) =>
  Compile(Type.Object({ results: Type.Array(Type.Union([...lines]), { maxItems: 10_000 }) }, strict));
const Tested = Compile(
  Type.Object({ results: Type.Array(Type.Union([alone('ok'), refused]), { maxItems: 10_000 }) }, strict),
);
const Judged = answerOf([accepted, refused, alone('pending'), alone('unknown')]);

interface HttpAdapterOptions {
  /** Base address, without a slash at its end. */
  readonly url: string;
  /** Bearer token; null: the interface wants none. */
  readonly token: string | null;
  /** Default: 20 seconds. */
  readonly answerMs?: number;
}

export class HttpAdapter implements ReportAdapter {
  readonly name = 'http';
  readonly #options: HttpAdapterOptions;

  constructor(options: HttpAdapterOptions) {
    this.#options = options;
  }

  async test(lines: readonly ReportLine[]): Promise<ReadonlyMap<string, string>> {
    const answer = await this.#ask('test', { lines });
    if (!Tested.Check(answer)) throw notUnderstood();
    return new Map(
      answer.results.flatMap((line) =>
        line.result === 'refused' ? [[line.report_id, shown(line.reason)] as const] : [],
      ),
    );
  }

  async send(handover: string, lines: readonly ReportLine[]): Promise<LineResults> {
    return resultsOf(await this.#ask('reports', { batch_id: handover, lines }));
  }

  async receipts(asked: readonly AskedReport[]): Promise<LineResults> {
    const report_ids = asked.map(({ reportId }) => reportId);
    return resultsOf(await this.#ask('receipts', { report_ids }));
  }

  async #ask(what: string, body: unknown): Promise<unknown> {
    const { url, token, answerMs = ANSWER_MS } = this.#options;
    let response: Response;
    try {
      response = await fetch(`${url.replace(/\/$/, '')}/${what}`, {
        method: 'POST',
        redirect: 'error',
        headers: {
          'content-type': 'application/json',
          ...(token !== null && { authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(answerMs),
      });
    } catch (cause) {
      const { code } = ((cause as Error).cause ?? {}) as { code?: unknown };
      // Nothing was connected, so nothing was read.
      const isWithThem = !['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH'].includes(String(code));
      throw new HandoverError(`no answer (${String(code ?? (cause as Error).name)})`, isWithThem, { cause });
    }
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new HandoverError(`answered with status ${response.status}`, true);
    }
    return await readJson(response);
  }
}

async function readJson(response: Response): Promise<unknown> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const piece of response.body ?? []) {
      bytes += piece.length;
      if (bytes > ANSWER_BYTES_MAX) throw notUnderstood();
      pieces.push(piece);
    }
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(pieces)));
  } catch (cause) {
    throw notUnderstood(cause);
  }
}

function resultsOf(answer: unknown): LineResults {
  if (!Judged.Check(answer)) throw notUnderstood();
  return new Map(
    answer.results.map((line): [string, LineResult] => [
      line.report_id,
      line.result === 'accepted'
        ? { kind: 'accepted', receipt: line.receipt }
        : line.result === 'refused'
          ? { kind: 'rejected', reason: shown(line.reason) }
          : { kind: line.result },
    ]),
  );
}

const notUnderstood = (cause?: unknown) => new HandoverError('the answer is not understood', true, { cause });

/** Their word is shown to clerks: without what steers a terminal or turns text around. */
const shown = (reason: string) => reason.replace(/[\p{Cc}\p{Cf}]/gu, ' ');
