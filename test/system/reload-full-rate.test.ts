/** 300 scenes are changed every two seconds under 10,000 taps a second: none is refused, lost or wrong. By ONECARD_FULL=1. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { cityFile, shippedCity } from '../fixtures/city-document.ts';
import { freePort, MAIN } from './gateway-under-test.rig.ts';

const RATE = 10_000;
const SECONDS = 10;
const RELOAD_MS = 2_000;
const SCENES = 300;
const isAsked = process.env['ONECARD_FULL'] === '1' && process.platform === 'linux';

/** The bench measures: its generators know the one right answer of every tap. */
test.skipIf(!isAsked)(
  'no tap of 10,000 a second is refused, lost or wrong while scenes change',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'onecard-reload-rate-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const city = put(folder, 'a');
    const port = await freePort();
    const settings = JSON.stringify({ city, admin: { port } });
    const measured = ['--rate', `${RATE}`, '--seconds', `${SECONDS}`, '--cards', '2000'];
    const bench = spawn(
      process.execPath,
      [MAIN, 'bench', 'gates', ...measured, '--settings', settings, '--out', join(folder, 'out')],
      { stdio: 'ignore' },
    );
    const ended = once(bench, 'exit');
    const seen = new Set<string>();
    for (let i = 0; bench.exitCode === null && bench.signalCode === null; i += 1) {
      await Promise.race([ended, sleep(RELOAD_MS)]);
      const revision = await revisionInForce(port);
      // Before it listens the signal would end it.
      if (revision === null) continue;
      seen.add(revision.slice(0, 1));
      put(folder, i % 2 === 0 ? 'b' : 'a');
      const gateway = gatewayOf(bench.pid ?? 0);
      if (gateway !== null) process.kill(gateway, 'SIGHUP');
    }
    const result = JSON.parse(readFileSync(join(folder, 'out/result.json'), 'utf8')) as Result;
    const [phase] = result.phases;
    expect(phase?.answered).toBeGreaterThan(RATE * SECONDS * 0.9);
    expect(phase).toMatchObject({ answered: phase?.sent, unsent: 0, unanswered: 0, wrong: 0 });
    expect(Object.keys(phase?.codes ?? {}).filter((code) => code.startsWith('tap.'))).toEqual([]);
    expect([...seen].sort()).toEqual(['a', 'b']);
  },
  170_000,
);

interface Result {
  readonly phases: readonly Phase[];
}

interface Phase {
  readonly sent: number;
  readonly answered: number;
  readonly codes: Readonly<Record<string, number>>;
}

/** Replaced as a whole, as an operator's tools do. */
function put(folder: string, revision: 'a' | 'b'): string {
  const city = shippedCity();
  city.revision = revision;
  for (let i = 0; city.scenes.length < SCENES; i += 1) {
    city.scenes.push({
      scene: `29/x-${i}`,
      service: 29,
      point: 'gate',
      policy: 'bus',
    } as (typeof city.scenes)[0]);
  }
  const file = join(folder, 'in-force.json');
  renameSync(cityFile(city, folder), file);
  return file;
}

async function revisionInForce(port: number): Promise<string | null> {
  try {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    return /^onecard_policy_info\{revision="([^"]+)"\} 1$/m.exec(text)?.[1] ?? null;
  } catch {
    return null;
  }
}

/** Null: it has ended. */
function gatewayOf(bench: number): number | null {
  try {
    const children = readFileSync(`/proc/${bench}/task/${bench}/children`, 'utf8').trim().split(' ');
    const isGateway = (pid: string) =>
      readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes('serve');
    return Number(children.find(isGateway) ?? Number.NaN) || null;
  } catch {
    return null;
  }
}
