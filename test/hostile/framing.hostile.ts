/**
 * Attacks on where a request ends, over bare sockets at a real gateway, beside an honest gate: each has its answer, the
 * connection ends where it must, and no request that stood behind or within another was handled.
 */
import { expect, test } from 'vitest';
import { makeToken } from '../protocol/plain-client.rig.ts';
import type { GatewayUnderTest } from '../system/gateway-under-test.rig.ts';
import {
  type Attack,
  EVERYWHERE,
  NEXT_CODE,
  ofLibrary,
  outcomeWith,
  seen,
  TARGETS,
  unseen,
} from './framing-corpus.rig.ts';
import { alone, becameOf, walk } from './framing-walk.rig.ts';
import { startHostileRun } from './hostile-run.rig.ts';

/** Connections at once: most wait for the library to close them. */
const AT_ONCE = 48;

async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const left = [...items.entries()];
  const worker = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      results[next[0]] = await work(next[1]);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}

async function sessionOf(gateway: GatewayUnderTest): Promise<string> {
  const authorization = `Bearer ${makeToken(gateway.target('desk-1'))}`;
  const reply = await fetch(`${gateway.http}/v1/sessions`, { method: 'POST', headers: { authorization } });
  return ((await reply.json()) as { token: string }).token;
}

/** With the outcomes that belong to the library which the gateway says it has. */
function withLibrary<T extends Pick<Attack, 'name' | 'outcome'>>(
  { logLines }: GatewayUnderTest,
  attacks: readonly T[],
) {
  const library = String(logLines.find(({ msg }) => msg === 'listening')?.['server_library']);
  return attacks.map((attack) => ({ ...attack, outcome: outcomeWith(library, attack) }));
}

const named = (attacks: readonly { readonly name: string }[], became: readonly string[]) =>
  Object.fromEntries(attacks.map(({ name }, i) => [name, became[i]]));

/** How often each code of the outcomes is counted when every attack comes once. */
function countsOf(attacks: readonly Attack[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { outcome } of attacks) {
    const code = outcome.by === 'gateway' ? outcome.code : 'counted' in outcome ? outcome.counted : undefined;
    if (code !== undefined) counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  return counts;
}

async function walkAll(attacksOf: (session: string) => readonly Attack[]): Promise<void> {
  const { gateway, counted, unharmed } = await startHostileRun();
  const attacks = withLibrary(gateway, attacksOf(await sessionOf(gateway)));
  const single = await inTurns(attacks, ({ bytes }) => walk(gateway.http, bytes));
  expect(named(attacks, single.map(becameOf))).toEqual(
    named(
      attacks,
      attacks.map(({ outcome }) => alone(outcome)),
    ),
  );
  for (const [code, count] of countsOf(attacks)) expect(await counted(code), code).toBe(count);
  const handled = await counted(NEXT_CODE);
  const doubled = await inTurns(attacks, ({ bytes }) => walk(gateway.http, bytes, { alone: false }));
  const mayStay = attacks.map(({ outcome }) => outcome.by === 'nobody' && outcome.stays === true);
  expect(doubled.filter(({ isOver }, i) => !isOver && !mayStay[i])).toEqual([]);
  expect(await counted(NEXT_CODE), 'requests handled that stood behind an attack').toBe(handled);
  await unharmed();
}

test('what JavaScript can see is refused with its code, and the connection ends', () => walkAll(seen));
test('what the library refuses by itself, or never understands, reaches no route', () => walkAll(ofLibrary));
test('what the library takes and JavaScript cannot see is as SECURITY.md says', () => walkAll(unseen));

test('wherever it is sent to: routes, methods, unknown paths, handshakes, operators', async () => {
  const { gateway, counted, unharmed } = await startHostileRun();
  const faults = EVERYWHERE.map(({ name, fields, code }) => ({
    ...{ name, fields, operators: { by: 'gateway', status: 400, code } as const },
    outcome: { by: 'gateway', status: 400, code } as const,
  }));
  const known = withLibrary(gateway, faults);
  const attacks = TARGETS.flatMap(({ name, line, fields, isAdmin = false }) =>
    known.map((fault) => ({
      name: `${fault.name} at ${name}`,
      http: isAdmin ? gateway.admin : gateway.http,
      isHead: line.startsWith('HEAD'),
      bytes: `${line} HTTP/1.1\r\nHost: gateway\r\n${fields}${fault.fields}\r\n`,
      outcome: isAdmin ? fault.operators : fault.outcome,
    })),
  );
  const walked = await inTurns(attacks, ({ http, bytes, isHead }) => walk(http, bytes, { isHead }));
  expect(named(attacks, walked.map(becameOf))).toEqual(
    named(
      attacks,
      attacks.map(({ outcome, isHead }) => alone(outcome, isHead)),
    ),
  );
  for (const [code, count] of countsOf(attacks)) expect(await counted(code), code).toBe(count);
  await unharmed();
});
