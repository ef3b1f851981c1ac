/** Taps of a fleet as files, for load tools of others: REST bodies, WebSocket messages, and what the right answer is. */

import { once } from 'node:events';
import { createWriteStream, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeEntry } from '../../config/codes.ts';
import { createCity } from '../../platform/city.ts';
import { shellWord } from '../report/repeat.ts';
import { CodeTimes } from './code-times.ts';
import type { Fleet } from './fleet.ts';
import { rightCode, type TapPlan, TapPlanner } from './tap-plan.ts';
import type { Slab, TapsJob } from './thread.ts';
import { FleetThreads } from './threads.ts';

export interface ExportOptions {
  readonly fleet: Fleet;
  readonly seed: string;
  readonly taps: number;
  readonly rides: number;
  readonly onProgress: (part: number) => void;
}

const PLATFORM = '127.0.0.1:8791';
/** Of a gateway that follows the platform beside it. */
const GATEWAY = {
  gateway_id: 'bench',
  data_dir: 'data',
  listen: { host: '127.0.0.1', port: 8790 },
  platform: { url: `http://${PLATFORM}`, root_file: 'root.json', token_file: 'platform.token' },
};
const TAPS_PER_JOB = 1_000;
/** What is held in memory. */
const TAPS_PER_ROUND = 32_000;
const README = (options: ExportOptions, now_s: number) => `# Taps for load tools

${options.taps} taps of ${options.fleet.city.cards} test cards, seed \`${options.seed}\`. Test keys only.

- \`requests.jsonl\`: line i is the body of \`POST /v1/verifications\` for tap i.
- \`frames.bin\`: taps as masked WebSocket frames of \`onecard.gate.v1\` (docs/protocol.md), one behind the other; tap i
  carries the sequence number i. Write them as they are after the upgrade and the hello.
- \`frames.idx\`: where the frame of tap i ends in \`frames.bin\`: 64-bit little-endian numbers, one for each tap.
- \`expected.csv\`: tap, outcome and code of the one right answer, where the gateway has this city's trust and card list
  and each tap is sent once, in any order.
- \`platform.txt\`: the command that runs the platform of this city.
- \`gateway.json\`: settings of a gateway that follows that platform.
- \`k6.js\`: a script for k6 (\`go install go.k6.io/k6@latest\`) that sends every tap once, and fails when one was refused,
  lost or wrong, or p99 was above 100 ms. It runs as it is.

In this folder, each command that stays in a terminal of its own:

\`\`\`
sh platform.txt
onecard device enroll --config gateway.json --id desk-1 --class desk --scene 29/entry --generate --private-key-out desk-1.jwk
onecard serve --config gateway.json
k6 run k6.js
\`\`\`

\`-e RATE=1000\` taps a second, \`-e P99_MS=20\`; \`-e URL=\`, \`-e GATEWAY_ID=\`, \`-e DEVICE=\` and \`-e DEVICE_KEY=\` (a file, ES256)
for a gateway and a device of your own.

Ride codes were made at ${new Date(now_s * 1_000).toISOString()} and are good for about six minutes from then: export
again before you measure, or show the chips alone (\`--family chip-oda\`), which do not grow old. Each tap may be used
once; a gateway that has seen them answers \`deny.replayed\`.
`;

/** Into `folder`, which is made. */
export async function exportTaps(folder: string, options: ExportOptions): Promise<void> {
  const { fleet, seed, taps, rides, onProgress } = options;
  const { cards = 0, chips = 'both' } = fleet.city;
  mkdirSync(folder, { recursive: true });
  const now_s = Math.floor(Date.now() / 1_000);
  const frame: TapPlan = {
    ...{ seed, cards, rides, forged: 0, cut: 0, replayed: 0, back: 0, cold: false, form: 'frame' },
  };
  const use0_s = rides > 0 ? new CodeTimes().secondOfUse0(new TapPlanner(frame).uses(0, taps), now_s) : now_s;
  const threads = new FleetThreads({ city: fleet.city, records: fleet.records });
  const write = async (
    plan: TapPlan,
    file: string,
    each: (slab: Slab) => Uint8Array,
    done: (part: number) => void,
  ) => {
    const stream = createWriteStream(join(folder, file));
    for (let from = 0; from < taps; from += TAPS_PER_ROUND) {
      const end = Math.min(taps, from + TAPS_PER_ROUND);
      for (const slab of await threads.run(jobsOf(plan, from, end, use0_s))) {
        if (!stream.write(each(slab as Slab))) await once(stream, 'drain');
      }
      done(end / taps);
    }
    stream.end();
    await once(stream, 'finish');
  };
  const ends = new BigUint64Array(taps);
  let [next, end] = [0, 0];
  await write(
    frame,
    'frames.bin',
    (slab) => {
      for (const each of slab.ends) ends[next++] = BigInt(end + each);
      end += slab.bytes.length;
      return slab.bytes;
    },
    (part) => onProgress(part / 2),
  );
  await write({ ...frame, form: 'json' }, 'requests.jsonl', asLines, (part) => onProgress((1 + part) / 2));
  await threads.close();
  writeFileSync(join(folder, 'frames.idx'), ends);
  writeFileSync(join(folder, 'expected.csv'), expected(options, frame));
  writeFileSync(join(folder, 'README.md'), README(options, now_s));
  writeFileSync(join(folder, 'k6.js'), readFileSync(new URL('./k6-script.js', import.meta.url)));
  writeFileSync(join(folder, 'gateway.json'), `${JSON.stringify(GATEWAY, null, 2)}\n`);
  const city = `--seed ${shellWord(seed)} --cards ${cards} --chips ${chips}`;
  const files = '--root-out root.json --token-file platform.token';
  const command = `onecard platform ${city} --listen ${PLATFORM} ${files}\n`;
  writeFileSync(join(folder, 'platform.txt'), command);
}

function jobsOf(plan: TapPlan, from: number, end: number, use0_s: number): TapsJob[] {
  const jobs: TapsJob[] = [];
  for (let at = from; at < end; at += TAPS_PER_JOB) {
    const to = Math.min(end, at + TAPS_PER_JOB);
    jobs.push({ kind: 'taps', plan, from: at, to, step: 1, phaseFrom: 0, use0_s });
  }
  return jobs;
}

function asLines({ bytes, ends }: Slab): Uint8Array {
  const lines = new Uint8Array(bytes.length + ends.length);
  let from = 0;
  for (const [k, end] of ends.entries()) {
    lines.set(bytes.subarray(from, end), from + k);
    lines[end + k] = 0x0a;
    from = end;
  }
  return lines;
}

function expected({ fleet, taps }: ExportOptions, plan: TapPlan): string {
  const city = createCity(fleet.city);
  const planner = new TapPlanner(plan);
  const rows = ['tap,outcome,code'];
  for (let i = 0; i < taps; i += 1) {
    const spec = planner.tap(i, 0);
    const code = rightCode(spec, i, city.identity(spec.card).state);
    rows.push(`${i},${codeEntry(code).outcome},${code}`);
  }
  return `${rows.join('\n')}\n`;
}
