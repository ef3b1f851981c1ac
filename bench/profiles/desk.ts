/** Desks: verifications over REST, sent by autocannon in its rate mode. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { DeskDone, DeskOrder, FromDesk } from '../drive/desk-process.ts';
import type { Run } from '../drive/run.ts';
import { cpuSeconds } from '../drive/sampler.ts';
import { OptionsError } from '../options.ts';
import { drivenProfile, warmUp } from './driven.ts';

const RATE = 1_000;
const SECONDS = 10;
const CONNECTIONS_MIN = 32;

export const desk = drivenProfile({
  name: 'desk',
  about: 'verifications over REST, by autocannon at a fixed rate',
  cards: 5_000,
  chips: 'both',
  plan: { forged: 0.01, cut: 0.005 },
  async drive(run) {
    await warmUp(run);
    const { rate, seconds, connections } = run.options;
    const [ratePerS, lasting] = [rate ?? RATE, seconds ?? SECONDS];
    const from = run.next;
    const { plan, use0_s } = run.planFor(Math.ceil(ratePerS * lasting), { form: 'json' });
    const cpuBefore = cpuSeconds(run.gateway.pid);
    const threadsBefore = run.threadTimes();
    const { startAtMs, times, outcomes } = await drive({
      http: run.gateway.http,
      token: await session(run),
      city: run.fleet.city,
      fleetFile: run.fleet.file,
      cards: run.fleet.city.cards,
      plan,
      from,
      use0_s,
      ratePerS,
      seconds: lasting,
      connections: Math.max(CONNECTIONS_MIN, connections),
    });
    run.record({
      ...{ name: 'desk', seconds: lasting, plan, from, times, startAtMs, cpuBefore, threadsBefore },
      outcomes: [outcomes],
      block: 1,
    });
    return { title: 'Desk: verifications over REST', figures: [] };
  },
});

/** A session of a desk, as it opens one: with a device token that is good once. */
async function session({ gateway }: Run): Promise<string> {
  const response = await fetch(`${gateway.http}/v1/sessions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await gateway.token('desk', 0)}` },
  });
  const { token, code } = (await response.json()) as { token: string; code?: string };
  if (!response.ok) throw new OptionsError(`the gateway opens no session for a desk: ${code}`);
  return token;
}

function drive(order: DeskOrder): Promise<DeskDone> {
  const script = fileURLToPath(new URL('../drive/desk-process.ts', import.meta.url));
  const child = fork(script, { serialization: 'advanced' });
  return new Promise((resolve, reject) => {
    child.on('message', (said: FromDesk) => {
      if (said.kind === 'prepared') return;
      child.disconnect();
      if (said.kind === 'done') resolve(said.done);
      else reject(new Error(`the desks failed: ${said.reason}`));
    });
    child.once('exit', (status) => reject(new Error(`the desks ended with status ${status}`)));
    child.send(order);
  });
}
