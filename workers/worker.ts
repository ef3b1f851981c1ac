/** Entry of a proving thread. What it returns is data: an Error would lose its code on the way to the main thread. */
import { workerData } from 'node:worker_threads';
import type { ProveStats } from './contract.ts';
import { chooseEngine } from './engine/choose.ts';
import { Naming, type NamingKeys, type SharedNamingKey } from './names/naming.ts';
import { unpackInput, unpackRequest } from './packing.ts';
import { Prover } from './prove.ts';
import { packTrustMissing, packVerdicts } from './reply-packing.ts';
import type { ThreadEntry } from './thread-entry.ts';

/** What a proving thread is started with. */
export interface ThreadData {
  /** Memory for what was proven, all in. */
  readonly rememberedBytes: number;
  readonly namingKeys: NamingKeys;
  /** Those of the cluster; none where there is none. */
  readonly sharedNamingKeys: readonly SharedNamingKey[];
  /** Those of before the algorithms were changed, while they may be asked for; else null. */
  readonly formerNamingKeys: NamingKeys | null;
}

const { rememberedBytes, namingKeys, sharedNamingKeys, formerNamingKeys } = workerData as ThreadData;
const prover = new Prover(chooseEngine().engine, rememberedBytes);
const naming = new Naming({ keys: namingKeys, sharedKeys: sharedNamingKeys, formerKeys: formerNamingKeys });
const text = new TextDecoder();
const REMEMBERED_EVERY_MS = 1_000;
let rememberedToldMs = Number.NEGATIVE_INFINITY;

function takeStats(): ProveStats {
  const now = performance.now();
  if (now - rememberedToldMs < REMEMBERED_EVERY_MS) return prover.takeStats();
  rememberedToldMs = now;
  return { ...prover.takeStats(), remembered: prover.remembered() };
}

const entry: ThreadEntry = {
  prove(packed) {
    const { trustRevision, items } = unpackRequest(packed);
    if (!prover.hasTrust(trustRevision)) return packTrustMissing();
    const unpacked = items.map(({ family, packedInput, atMs, disclose }) => ({
      family,
      input: unpackInput(packedInput),
      atMs,
      ...(disclose !== undefined && { disclose }),
    }));
    const verdicts = prover.prove(unpacked, trustRevision, false);
    const names = naming.nameAll(items, verdicts);
    return packVerdicts(verdicts, names, takeStats(), naming.further);
  },
  *load({ revision, json }) {
    // TextDecoder takes no shared memory.
    const document: unknown = JSON.parse(text.decode(new Uint8Array(json)));
    yield;
    yield* prover.loadTrustInSteps(document, revision);
  },
  keepOnly: (revision) => prover.keepOnly(revision),
};

export default entry;
