/** A hotel's desk: 50 check-ins a second while gates tap, and the gates' p99 with and without them in one run. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCity } from '../../platform/city.ts';
import { ownGateway } from '../drive/gateway.ts';
import type { Run } from '../drive/run.ts';
import { arrivingGuests, checkGuestsIn } from '../hotel/check-ins.ts';
import { clientOf, type DocumentClient } from '../hotel/client-of-document.ts';
import { drivenProfile, warmUp } from './driven.ts';
import type { Profile } from './profile.ts';

const ABOUT = '50 check-ins a second at a hotel’s desk, while gates tap; the gates’ p99 with and without';
/** Half of what a gateway judges on two cores. */
const GATES_PER_S = 2_500;
const CHECK_INS_PER_S = 50;
const SECONDS = 60;
const P99_MS = 100;
const PASSWORD = 'a bench that protects nothing';

export const hotel: Profile = {
  name: 'hotel',
  about: ABOUT,
  async run(bench) {
    const folder = mkdtempSync(join(tmpdir(), 'onecard-bench-hotel-'));
    const keyFile = join(folder, 'key');
    writeFileSync(keyFile, '5a'.repeat(32), { mode: 0o600 });
    const port = await freePort();
    try {
      return await profileAt(port, keyFile).run(bench);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

function profileAt(port: number, keyFile: string): Profile {
  return drivenProfile({
    name: 'hotel',
    about: ABOUT,
    cards: 10_000,
    chips: 'both',
    elsewhere: false,
    settings: {
      hotel: {
        ...{ hotel_id: 'bench', key_file: keyFile, listen: { host: '127.0.0.1', port } },
        limits: { requests_per_s: 1_000 },
      },
    },
    async drive(run) {
      const rate = run.options.rate ?? GATES_PER_S;
      const seconds = run.options.seconds ?? SECONDS;
      await warmUp(run);
      const client = await signedIn(run, `http://127.0.0.1:${port}`);
      const city = createCity(run.fleet.city);
      const warm = arrivingGuests(city, CHECK_INS_PER_S, `${run.options.seed} warm`);
      await checkGuestsIn(client, warm, CHECK_INS_PER_S, Date.now());
      const alone = await run.phase({ name: 'gates alone', rate, seconds });
      const guests = arrivingGuests(city, Math.ceil(CHECK_INS_PER_S * seconds), run.options.seed);
      let checkingIn: ReturnType<typeof checkGuestsIn> | null = null;
      const beside = await run.phase({
        ...{ name: 'gates beside check-ins', rate, seconds },
        onStart: (startAtMs) => {
          checkingIn = checkGuestsIn(client, guests, CHECK_INS_PER_S, startAtMs);
        },
      });
      const done = await (checkingIn ?? checkGuestsIn(client, [], CHECK_INS_PER_S, Date.now()));
      const ratio = beside.phase.latency.p99_ms / alone.phase.latency.p99_ms;
      return {
        title: 'Hotel: check-ins beside gates',
        figures: [
          { name: 'check-ins', value: done.made, unit: 'guests' },
          { name: 'check-in (judged and written), p50', value: done.p50Ms, unit: 'ms' },
          { name: 'check-in (judged and written), p99', value: done.p99Ms, unit: 'ms' },
          { name: 'judging alone, p50', value: done.judgingP50Ms, unit: 'ms' },
          { name: 'judging alone, p99', value: done.judgingP99Ms, unit: 'ms' },
          { name: 'gates alone, p99', value: alone.phase.latency.p99_ms, unit: 'ms' },
          { name: 'gates beside check-ins, p99', value: beside.phase.latency.p99_ms, unit: 'ms' },
          { name: 'the one by the other', value: ratio, unit: '' },
        ],
        checks: [
          {
            name: 'check-ins',
            limit: `each done, p99 within ${P99_MS} ms`,
            seen: `${done.made} done, ${done.wrong} not${done.firstWrong === null ? '' : ` (${done.firstWrong})`}, p99 ${done.p99Ms} ms`,
            passed: done.made > 0 && done.wrong === 0 && done.p99Ms <= P99_MS,
          },
        ],
      };
    },
  });
}

/** As the first manager, whose password is said once. */
async function signedIn(run: Run, url: string): Promise<DocumentClient> {
  const said = ownGateway(run.gateway)?.saidOnce() ?? '';
  const oneTime = /password (\S+)/.exec(said)?.[1] ?? '';
  const post = (path: string, body: object, headers = {}) =>
    fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const headersOf = async (answer: Response) => {
    const { csrf } = (await answer.json()) as { readonly csrf: string };
    return { cookie: (answer.headers.getSetCookie()[0] ?? '').split(';')[0] ?? '', 'x-csrf-token': csrf };
  };
  const first = await headersOf(await post('/session', { account: 'manager', password: oneTime }));
  const change = { old: oneTime, new: PASSWORD };
  return clientOf(url, await headersOf(await post('/session/password', change, first)));
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
