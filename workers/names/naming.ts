/**
 * What persons, cards and presentations are called outside the proving thread: keyed digests of 16 bytes, made for a
 * whole batch at once. Card numbers and accounts do not leave the thread.
 */
import { disclosed } from '../claims.ts';
import type { PackedItem, ProofFacts, ProofVerdict } from '../contract.ts';
import { BEARER_FAMILIES } from '../families/table.ts';
import { type DigestBatch, DigestRequest } from './digest-batch.ts';

/** What is named. The order is that of the names of a proven presentation. */
export const NAME_KINDS = ['presentation', 'credential', 'subject', 'replay'] as const;
export type NameKind = (typeof NAME_KINDS)[number];

/** 32 bytes for each kind, so that a subject's name never equals a credential's. */
export type NamingKeys = Readonly<Record<NameKind, Uint8Array>>;

/** Keys that gateways of a cluster have in common to name a showing by: one, or two while it changes. */
const SHARED_NAMES_MAX = 2;

const KIND = { presentation: 0, credential: 1, subject: 2, replay: 3 } as const;

export class Naming {
  readonly #request: DigestRequest;
  readonly #sharedKeys: number;
  #shared = new Uint8Array(0);

  /** `sharedKeys`: of the cluster; none where there is none. Throws RangeError where they are more than two. */
  constructor(keys: NamingKeys, digestBatch: DigestBatch, sharedKeys: readonly Uint8Array[] = []) {
    if (sharedKeys.length > SHARED_NAMES_MAX) throw new RangeError('a showing has two shared names at most');
    this.#sharedKeys = sharedKeys.length;
    this.#request = new DigestRequest([...NAME_KINDS.map((kind) => keys[kind]), ...sharedKeys], digestBatch);
  }

  /** How many shared names each item of the last call has, behind its others; empty without keys for them. */
  get shared(): Uint8Array {
    return this.#shared;
  }

  /**
   * Names of 16 bytes, one behind the other: of each item its presentation, and, where it is proven, its credential, its
   * subject, this one showing of it, and the shared names of that where it is a bearer's. Good until the next call.
   */
  nameAll(items: readonly PackedItem[], verdicts: readonly Pick<ProofVerdict, 'facts'>[]): Uint8Array {
    const request = this.#request.begin();
    const sharedKeys = this.#sharedKeys;
    if (sharedKeys > 0) this.#shared = new Uint8Array(items.length);
    for (let i = 0; i < items.length; i += 1) {
      presentation(request, items[i] as PackedItem);
      const facts = verdicts[i]?.facts;
      if (!facts) continue;
      proven(request, facts);
      if (sharedKeys === 0 || !facts.holderBound || !BEARER_FAMILIES.has((items[i] as PackedItem).family)) {
        continue;
      }
      this.#shared[i] = sharedKeys;
      for (let key = 0; key < sharedKeys; key += 1) showing(request, facts, NAME_KINDS.length + key);
    }
    return request.digests();
  }
}

/** Neither the family nor the scene holds a zero byte, so no two presentations run together to the same bytes. */
function presentation(request: DigestRequest, { family, scene, packedInput }: PackedItem): void {
  request.text(family);
  request.byte(0);
  request.text(scene);
  request.byte(0);
  request.bytes(packedInput);
  request.end(KIND.presentation);
}

function proven(request: DigestRequest, facts: ProofFacts): void {
  request.text(disclosed(facts.credentialId));
  request.end(KIND.credential);
  request.text(disclosed(facts.subject));
  request.end(KIND.subject);
  showing(request, facts, KIND.replay);
}

function showing(request: DigestRequest, { credentialId, nonce }: ProofFacts, key: number): void {
  // The length of the first text goes before both, so no two pairs run together to the same bytes.
  request.textWithLength(disclosed(credentialId));
  request.text(nonce);
  request.end(key);
}
