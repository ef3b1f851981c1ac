/** What the bench reads of a gateway beside its answers: the one place that knows where a gateway tells it. */

const ASK_EVERY_MS = 50;
const ANSWER_MS = 5_000;

interface Readiness {
  readonly status: number;
  /** Null where it says no more than yes or no. */
  readonly checks: Readonly<Record<string, unknown>> | null;
}

/** The mode in force; null where it does not say, or not in time. `admin`: its base address for operators; null: unknown. */
export async function askMode(admin: string | null, timeoutMs: number): Promise<string | null> {
  if (admin === null) return null;
  const mode = (await readinessOf(admin, timeoutMs).catch(() => null))?.checks?.['mode'];
  return typeof mode === 'string' ? mode : null;
}

/** Resolves when a card list is in force and the platform in reach: until then every card is on no list. */
export async function listInForce(admin: string, patienceMs: number): Promise<void> {
  for (const end = performance.now() + patienceMs; performance.now() < end; ) {
    const { checks } = await readinessOf(admin, ANSWER_MS);
    if (checks?.['list_revision'] !== null && checks?.['mode'] === 'live') return;
    await new Promise((next) => setTimeout(next, ASK_EVERY_MS));
  }
  throw new Error('the gateway got no card list from its platform');
}

/** `address`: base address of a gateway, for everybody or for operators. Rejects when nobody answers in time, or it is no gateway. */
export async function readinessOf(address: string, timeoutMs: number): Promise<Readiness> {
  const response = await fetch(`${address}/readyz`, { signal: AbortSignal.timeout(timeoutMs) });
  const said = (await response.json()) as { ok?: unknown; checks?: Record<string, unknown> };
  if (typeof said.ok !== 'boolean') throw new Error('what answers there is no gateway');
  return { status: response.status, checks: said.checks ?? null };
}

/** Questions to the store that gateways share, by what became of them; none where it has no store. */
export async function storeQuestions(admin: string): Promise<ReadonlyMap<string, number>> {
  const response = await fetch(`${admin}/metrics`, { signal: AbortSignal.timeout(ANSWER_MS) });
  const told = (await response.text()).matchAll(/^onecard_store_questions_total\{outcome="(\w+)"\} (\d+)/gm);
  return new Map([...told].map(([, outcome = '', count]) => [outcome, Number(count)]));
}
