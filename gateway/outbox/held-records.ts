/** Asks the platform what it holds of a gateway's journal (docs/platform.md, "What is held"). */
import { type TSchema, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { HeldSource, Run } from '../journal/reconcile.ts';
import { PlatformError } from '../outbound/platform-error.ts';
import { type PlatformEndpoint, requestPlatform } from '../outbound/platform-request.ts';

const ANSWER_BYTES_MAX = 1_048_576;
const position = Type.Integer({ minimum: 1, maximum: 2 ** 52 });
const closed = <P extends Record<string, TSchema>>(properties: P) =>
  Type.Object(properties, { additionalProperties: false });
const Epochs = Compile(
  closed({ epochs: Type.Array(Type.String({ pattern: '^[0-9a-f]{16}$' }), { maxItems: 10_000 }) }),
);
const Runs = Compile(
  closed({ runs: Type.Array(Type.Tuple([position, position]), { maxItems: 4_096 }), more: Type.Boolean() }),
);
const Digest = Compile(
  closed({ sha256: Type.Union([Type.String({ pattern: '^[0-9a-f]{64}$' }), Type.Null()]) }),
);

/** Its calls reject with PlatformError. */
export function heldAt(endpoint: PlatformEndpoint, gatewayId: string): HeldSource {
  const ask = async (query: Readonly<Record<string, string>>): Promise<unknown> => {
    const text = new URLSearchParams({ gateway: gatewayId, ...query });
    const path = `/v1/journal/held?${text}`;
    const { body } = await requestPlatform(endpoint, { path, maxBytes: ANSWER_BYTES_MAX });
    try {
      return JSON.parse(body.toString('utf8'));
    } catch (cause) {
      throw malformed(cause);
    }
  };
  return {
    async epochs() {
      const answer = await ask({});
      if (!Epochs.Check(answer)) throw malformed();
      return answer.epochs;
    },
    async runs(epoch) {
      const runs: Run[] = [];
      for (let after = 0; ; ) {
        const answer = await ask({ epoch, after: String(after) });
        if (!Runs.Check(answer) || !inOrder(answer.runs, after)) throw malformed();
        runs.push(...answer.runs);
        after = answer.runs.at(-1)?.[1] ?? after;
        if (!answer.more) return runs;
        if (answer.runs.length === 0) throw malformed();
      }
    },
    async digest(epoch, [first, last]) {
      const answer = await ask({ epoch, first: String(first), last: String(last) });
      if (!Digest.Check(answer)) throw malformed();
      return answer.sha256;
    },
  };
}

function inOrder(runs: readonly Run[], after: number): boolean {
  return runs.every(([first, last], i) => first <= last && first > (runs[i - 1]?.[1] ?? after));
}

function malformed(cause?: unknown): PlatformError {
  return new PlatformError('malformed', 'the platform did not say what it holds', { cause });
}
