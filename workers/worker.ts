/** Entry of a proving thread. What it answers is data: an Error would lose its code on the way to the main thread. */
import { workerData } from 'node:worker_threads';
import { chooseEngine } from './engine/choose.ts';
import type { CacheLimits } from './families/family.ts';
import { packReply, unpackInput, unpackRequest } from './packing.ts';
import { Prover } from './prove.ts';

const { engine } = chooseEngine();
const prover = new Prover(engine, workerData as CacheLimits);

/** Takes and returns packed bytes (`packing.ts`). Throws TrustError on trust that cannot be loaded. */
export default function proveBatch(packed: Uint8Array): Uint8Array {
  const { trustRevision, trust, detail, items } = unpackRequest(packed);
  if (trust !== null) prover.loadTrust(trust, trustRevision);
  else if (!prover.hasTrust(trustRevision)) return packReply({ kind: 'trust_missing' });
  const unpacked = items.map(({ family, packedInput, atMs }) => ({
    family,
    input: unpackInput(packedInput),
    atMs,
  }));
  const verdicts = prover.prove(unpacked, trustRevision, detail);
  return packReply({ kind: 'verdicts', verdicts, stats: prover.takeStats() });
}
