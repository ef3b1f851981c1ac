/**
 * Reads signatures as JSON from standard input and prints how many a second sm-crypto-v2 verifies, on one thread: with keys as
 * hex text, and with keys precomputed as its documentation advises. `node verify-rate.ts SECONDS`
 */
import { text } from 'node:stream/consumers';
import { sm2 } from 'sm-crypto-v2';

/** All in hex; the key as 04 ‖ X ‖ Y, the signature as r ‖ s over the digest e. */
interface Job {
  readonly publicKey: string;
  readonly digest: string;
  readonly signature: string;
  readonly verifies: boolean;
}

const MS_PER_S = 1_000;
const WARM_UP_MS = 300;

const jobs = (JSON.parse(await text(process.stdin)) as Job[]).map((job) => ({
  ...job,
  digest: Buffer.from(job.digest, 'hex'),
}));
const tables = new Map<string, ReturnType<typeof sm2.precomputePublicKey>>();
for (const { publicKey } of jobs) {
  if (!tables.has(publicKey)) tables.set(publicKey, sm2.precomputePublicKey(publicKey));
}
const ms = Number(process.argv[2] ?? '1') * MS_PER_S;
let wrong = 0;

function rate(
  key: (hex: string) => string | ReturnType<typeof sm2.precomputePublicKey>,
  forMs: number,
): number {
  const startedMs = performance.now();
  let verified = 0;
  for (let elapsedMs = 0; ; elapsedMs = performance.now() - startedMs) {
    if (elapsedMs >= forMs) return (verified * MS_PER_S) / elapsedMs;
    const job = jobs[verified % jobs.length];
    if (job === undefined) throw new RangeError('there are no signatures');
    if (sm2.doVerifySignature(job.digest, job.signature, key(job.publicKey)) !== job.verifies) wrong += 1;
    verified += 1;
  }
}

const asHex = (hex: string) => hex;
const precomputed = (hex: string) => tables.get(hex) ?? hex;
for (const key of [asHex, precomputed]) rate(key, WARM_UP_MS);
const report = { hex_per_s: rate(asHex, ms), precomputed_per_s: rate(precomputed, ms), wrong };
process.stdout.write(`${JSON.stringify(report)}\n`);
