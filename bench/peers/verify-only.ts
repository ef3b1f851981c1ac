/** SM2 verification by itself: sm-crypto-v2 beside the gateway's engine, one thread each, the same signatures. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { toHex } from '../../workers/codecs/hex.ts';
import { chooseEngine } from '../../workers/engine/choose.ts';
import type { SignatureEngine } from '../../workers/engine/job.ts';
import { type BenchJob, benchJobs, type KeyKind, PREPARED_KEYS } from '../engine-jobs.ts';
import { PEER_FOLDER } from './peer-process.ts';

export interface VerifyOnly {
  readonly engine: string;
  /** Verifications a second. Plain: keys without a table. Prepared: four keys with one. */
  readonly per_s: {
    readonly peer_plain: number;
    readonly peer_prepared: number;
    readonly engine_plain: number;
    readonly engine_prepared: number;
  };
  readonly wrong: number;
}

const MS_PER_S = 1_000;
/** As a worker hands them over under load. */
const BATCH = 64;
const WARM_UP_S = 0.3;

export async function verifyOnly(seed: string, seconds: number): Promise<VerifyOnly> {
  const prepared = benchJobs(seed, 'sm2', 'prepared');
  const peer = await peerRate(prepared, seconds);
  const { engine } = chooseEngine('auto');
  const own = (jobs: readonly BenchJob[], keys: KeyKind) => {
    if (keys === 'prepared') {
      for (const { publicKey } of jobs.slice(0, PREPARED_KEYS)) engine.prepare('sm2', publicKey);
    }
    engineRate(engine, jobs, WARM_UP_S);
    return engineRate(engine, jobs, seconds);
  };
  const plain = own(benchJobs(seed, 'sm2', 'plain'), 'plain');
  const withTables = own(prepared, 'prepared');
  return {
    engine: engine.name,
    per_s: {
      peer_plain: peer.hex_per_s,
      peer_prepared: peer.precomputed_per_s,
      engine_plain: plain.perS,
      engine_prepared: withTables.perS,
    },
    wrong: peer.wrong + plain.wrong + withTables.wrong,
  };
}

interface PeerRate {
  readonly hex_per_s: number;
  readonly precomputed_per_s: number;
  readonly wrong: number;
}

async function peerRate(jobs: readonly BenchJob[], seconds: number): Promise<PeerRate> {
  const child = spawn(process.execPath, [join(PEER_FOLDER, 'verify-rate.ts'), String(seconds)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const written = jobs.map(({ publicKey, digest, signature, verifies }) => ({
    publicKey: `04${toHex(publicKey)}`,
    digest: toHex(digest),
    signature: toHex(signature),
    verifies,
  }));
  child.stdin.end(JSON.stringify(written));
  return JSON.parse(await text(child.stdout)) as PeerRate;
}

function engineRate(
  engine: SignatureEngine,
  jobs: readonly BenchJob[],
  seconds: number,
): { perS: number; wrong: number } {
  const startedMs = performance.now();
  let verified = 0;
  let wrong = 0;
  for (let elapsedMs = 0; ; elapsedMs = performance.now() - startedMs) {
    if (elapsedMs >= seconds * MS_PER_S) return { perS: (verified * MS_PER_S) / elapsedMs, wrong };
    const at = verified % jobs.length;
    const batch = jobs.slice(at, at + BATCH);
    for (const [i, verdict] of engine.verify(batch).entries()) {
      if ((verdict === 1) !== batch[i]?.verifies) wrong += 1;
    }
    verified += batch.length;
  }
}
