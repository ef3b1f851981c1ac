/** Asks a platform what was accepted twice (docs/platform.md), page by page, and reads its answers strictly. */
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { readTokenFile } from '../config/token-file.ts';
import type { Acceptance } from '../reports/accepted-again.ts';
import type { ReplayReport } from '../reports/replays.ts';
import { boundedJson } from './bounded-json.ts';
import type { Span } from './report-journals.ts';
import { UnusableError } from './unusable.ts';

const TIMEOUT_MS = 30_000;
const PAGE_BYTES_MAX = 67_108_864;
const TOKEN_CHARACTERS_MIN = 16;

const text = Type.String({ maxLength: 512 });
const whole = Type.Integer({ minimum: 0 });
const AcceptanceSchema = Type.Object({
  ...{ gateway: text, id: text, device: text, tap: text, scene: text },
  outcome: Type.Union([Type.Literal('allow'), Type.Literal('refer')]),
  scope: Type.Union([Type.Literal('gateway'), Type.Literal('shared'), Type.Literal('local')]),
  ...{ at_ms: whole, until_ms: Type.Number() },
});
const PageSchema = Type.Object({
  ...{ acceptances: whole, alone: whole, moved: whole, too_late: whole },
  items: Type.Array(Type.Object({ first: AcceptanceSchema, again: AcceptanceSchema })),
  next: Type.Union([whole, Type.Null()]),
  outages: Type.Optional(
    Type.Array(Type.Object({ gateway: text, from_ms: whole, to_ms: whole, accepted: whole, doubles: whole })),
  ),
});
type Page = Static<typeof PageSchema>;
const page = Compile(PageSchema);

/** Sums are over all times; `span` chooses what is listed. Throws UnusableError. */
export async function platformReplays(url: string, tokenFile: string, span: Span): Promise<ReplayReport> {
  const token = tokenIn(tokenFile);
  const pages: Page[] = [];
  for (let after: number | null = 0; after !== null; ) {
    const answer: Page = await asked(url, token, after);
    pages.push(answer);
    after = answer.next;
  }
  const [first] = pages;
  const { acceptances = 0, alone = 0, moved = 0, too_late: tooLate = 0, outages = [] } = first ?? {};
  const within = (ms: number) =>
    (span.fromMs === null || ms >= span.fromMs) && (span.untilMs === null || ms < span.untilMs);
  return {
    ...{ acceptances, alone, moved, tooLate },
    doubles: pages
      .flatMap(({ items }) => items)
      .filter(({ again }) => within(again.at_ms))
      .map((item) => ({ first: acceptanceOf(item.first), again: acceptanceOf(item.again) })),
    outages: outages
      .filter(({ from_ms, to_ms }) => within(from_ms) || within(to_ms))
      .map(({ gateway, from_ms: fromMs, to_ms: toMs, accepted, doubles }) => {
        return { gateway, fromMs, toMs, accepted, doubles };
      }),
  };
}

async function asked(url: string, token: string, after: number): Promise<Page> {
  const { status, body } = await boundedJson(`${url.replace(/\/+$/, '')}/v1/replays?after=${after}`, {
    ...{ token, timeoutMs: TIMEOUT_MS, bytesMax: PAGE_BYTES_MAX },
  });
  if (status === 401)
    throw new UnusableError(`${url} does not take this token: it is for the platform's own people`);
  if (status === 404) {
    throw new UnusableError(`${url} tells nobody what was accepted twice: start it with --people-token-file`);
  }
  if (status !== 200 || !page.Check(body)) {
    throw new UnusableError(`${url} answered ${status}, and not what was accepted twice`);
  }
  return body;
}

function acceptanceOf({
  at_ms: atMs,
  until_ms: untilMs,
  ...rest
}: Static<typeof AcceptanceSchema>): Acceptance {
  return { ...rest, atMs, untilMs };
}

function tokenIn(file: string): string {
  try {
    return readTokenFile(file, TOKEN_CHARACTERS_MIN);
  } catch (cause) {
    throw new UnusableError(`the token in ${file} cannot be used: ${(cause as Error).message}`, { cause });
  }
}
