/** A gateway under load whose every answer is in a ledger, for as long as faults befall it. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import { toHex } from '../../workers/codecs/hex.ts';
import { recordsOf } from '../outage/check-answers.rig.ts';
import { decisionOf } from '../outage/gate-load.rig.ts';
import {
  becomes,
  EVERY_STATE,
  type OutageRig,
  outboxEmpties,
  revisionBecomes,
  startRig,
} from '../outage/outage.rig.ts';
import type { GatewayOptions } from '../system/gateway-under-test.rig.ts';
import { temporaryFolder } from '../unit/gateway/journal/temporary-folder.rig.ts';
import { againstJournal, againstPlatform, ledgerOf } from './ledger.rig.ts';
import { Progress, type Row } from './progress.rig.ts';

/** Over eight gates and desks, whose signatures are made on the same two cores. */
export const TAPS_PER_S = 250;
const LAUNCHER = fileURLToPath(new URL('../../cli/onecard.js', import.meta.url));
const MIB = 1_048_576;
const DISK_BYTES = 256 * MIB;
/** A quarter of a mebibyte ahead: a full disk is felt at once, and not after some hundred thousand taps. */
const SETTINGS = {
  platform: { upload_batch: 200 },
  journal: { disk_reserve_bytes: 8 * MIB, ahead_bytes: MIB / 4 },
};

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface FaultRun extends OutageRig {
  readonly progress: Progress;
  /** Its data folder is on it; it has nothing else. */
  readonly disk: { fill(): void; makeRoom(): void };
  /** Resolves when so many further taps were decided, under load. */
  decided(count: number): Promise<void>;
  /** Everything said by the gateway since the last time this was asked. */
  heard(): string;
  /** Stops the load, sends again what has no decision, and holds the ledger against journal and platform. */
  balance(fault: string, times: number, said: string): Promise<Row>;
  /** Stops the load and the gateway once everything is at the platform. */
  quietStop(): Promise<void>;
  /** Runs `onecard` by its launcher, while the load goes on. */
  onecard(...words: string[]): Promise<Ended>;
}

/** Starts a gateway and its load on a disk of its own. */
export async function startFaultRun(title: string, options: GatewayOptions = {}): Promise<FaultRun> {
  const disk = mountedDisk();
  const rig = await startRig({ within: disk.folder, settings: SETTINGS, launched: true, ...options });
  const { gateway, load } = rig;
  const answers = () =>
    load.taps.reduce((n, { sendings }) => n + sendings.filter(({ answer }) => answer !== null).length, 0);
  const progress = new Progress(title, answers);
  onTestFinished(async () => {
    progress.end();
    await rig.stop();
  });
  await revisionBecomes(gateway, await rig.publish(EVERY_STATE));
  let heardUpTo = 0;
  return {
    ...rig,
    progress,
    disk,
    async decided(count) {
      const decided = () => load.taps.filter((tap) => decisionOf(tap) !== null).length;
      const wanted = decided() + count;
      await becomes('taps are decided', decided, (so) => so >= wanted);
    },
    heard() {
      const { output } = gateway;
      const said = output.slice(heardUpTo);
      heardUpTo = output.length;
      return said;
    },
    async quietStop() {
      load.stop();
      await load.settle();
      await load.resendUndecided();
      await outboxEmpties(gateway);
      await gateway.kill('SIGTERM');
    },
    balance: (fault, times, said) => balanced(rig, fault, times, said),
    onecard: runLauncher,
  };
}

async function balanced(rig: OutageRig, fault: string, times: number, said: string): Promise<Row> {
  const { gateway, load } = rig;
  load.stop();
  await load.settle();
  await load.reconnect();
  await load.resendUndecided(20);
  const undecided = load.taps.filter((tap) => decisionOf(tap) === null);
  // Each once more: the decision a tap had is the decision it has.
  for (const tap of load.taps) await load.send(tap);
  await outboxEmpties(gateway);
  const ledger = ledgerOf(load.taps);
  const records = recordsOf(rig.dataFolder);
  // A journal may have been filled before: with records that the platform never saw.
  const streams = new Set(load.gates.map(({ stream }) => toHex(stream)));
  const own = records.filter(({ tap }) => streams.has(tap.stream));
  const { records: held, conflicts } = gateway.platform.journalSummary();
  const has = (id: string) => gateway.platform.hasRecord(gateway.gatewayId, id);
  const faults = [
    ...ledger.faults,
    ...undecided.map(({ seq, gate }) => `${gate.deviceId}/${seq} was never decided`),
    ...againstJournal(ledger, records),
    ...againstPlatform(ledger, { has, records: held, conflicts }, own.length),
  ];
  const { answers, decisions, refusals } = ledger;
  const refused = [...refusals.values()].reduce((sum, count) => sum + count, 0);
  return { fault, times, answers, decisions: decisions.size, refusals: refused, faults, said };
}

async function runLauncher(...words: string[]): Promise<Ended> {
  const child = spawn(process.execPath, [LAUNCHER, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, stdout, stderr };
}

function mountedDisk() {
  const folder = temporaryFolder();
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', folder]);
  expect(status, `a disk of its own is needed, and mount says: ${stderr}`).toBe(0);
  onTestFinished(() => void spawnSync('umount', ['-l', folder]));
  const ballast = join(folder, 'ballast');
  return {
    folder,
    fill: () => void spawnSync('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=65536'], { stdio: 'ignore' }),
    makeRoom: () => rmSync(ballast),
  };
}
