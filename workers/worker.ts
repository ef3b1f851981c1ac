/** Entry of a proving thread. What it answers is data: an Error would lose its code on the way to the main thread. */
import { workerData } from 'node:worker_threads';
import { chooseEngine } from './engine/choose.ts';
import type { CacheLimits } from './families/family.ts';
import { chooseDigestBatch } from './names/digest-batch.ts';
import { Naming, type NamingKeys } from './names/naming.ts';
import { unpackInput, unpackRequest } from './packing.ts';
import { Prover } from './prove.ts';
import { packTrustMissing, packVerdicts } from './reply-packing.ts';

/** What a proving thread is started with. */
export interface ThreadData {
  readonly cacheLimits: CacheLimits;
  readonly namingKeys: NamingKeys;
}

const { cacheLimits, namingKeys } = workerData as ThreadData;
const prover = new Prover(chooseEngine().engine, cacheLimits);
const naming = new Naming(namingKeys, chooseDigestBatch());

/** Takes and returns packed bytes (`packing.ts`, `reply-packing.ts`). Throws TrustError on trust that cannot be loaded. */
export default function proveBatch(packed: Uint8Array): Uint8Array {
  const { trustRevision, trust, items } = unpackRequest(packed);
  if (trust !== null) prover.loadTrust(trust, trustRevision);
  else if (!prover.hasTrust(trustRevision)) return packTrustMissing();
  const unpacked = items.map(({ family, packedInput, atMs }) => ({
    family,
    input: unpackInput(packedInput),
    atMs,
  }));
  const verdicts = prover.prove(unpacked, trustRevision, false);
  return packVerdicts(verdicts, naming.nameAll(items, verdicts), prover.takeStats());
}
