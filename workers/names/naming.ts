/**
 * What persons, cards and presentations are called outside the proving thread: keyed digests of 16 bytes, made for a
 * whole batch at once. Card numbers and accounts do not leave the thread.
 */
import { disclosed } from '../claims.ts';
import type { PackedItem, ProofFacts, ProofVerdict } from '../contract.ts';
import { BEARER_FAMILIES } from '../families/table.ts';
import { chooseDigestBatch, type DigestBatch, DigestRequest } from './digest-batch.ts';
import { FURTHER_NAMES } from './further-names.ts';
import { KEYED_DIGEST_BYTES, type NameAlgorithm } from './keyed-digest.ts';

/** What is named. The order is that of the names of a proven presentation. */
export const NAME_KINDS = ['presentation', 'credential', 'subject', 'replay'] as const;
export type NameKind = (typeof NAME_KINDS)[number];

/** 32 bytes for each kind, so that a subject's name never equals a credential's. */
export type NamingKeys = Readonly<Record<NameKind, Uint8Array>> & { readonly algorithm: NameAlgorithm };

/** What all gateways of a cluster name a showing with. */
export interface SharedNamingKey {
  readonly algorithm: NameAlgorithm;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

export interface NamingOptions {
  readonly keys: NamingKeys;
  /** Of the cluster; none where there is none. */
  readonly sharedKeys?: readonly SharedNamingKey[];
  /** What names were made with before the algorithms were changed, where such a name may still be asked for. */
  readonly formerKeys?: NamingKeys | null;
  /** Default: the addon, where it is there. */
  readonly digestBatch?: (algorithm: NameAlgorithm) => DigestBatch;
}

/** Keys that gateways of a cluster have in common to name a showing by: one, or two while key or algorithm change. */
const SHARED_NAMES_MAX = 2;

/** Keys of one algorithm, and the messages that are keyed with them. */
interface Maker {
  readonly request: DigestRequest;
  /** Names made in this call. */
  made: number;
}

/** One of a maker's keys. */
interface MakersKey {
  readonly maker: Maker;
  readonly key: number;
}

export class Naming {
  readonly #makers: readonly Maker[];
  readonly #own: Readonly<Record<NameKind, MakersKey>>;
  readonly #sharedKeys: readonly MakersKey[];
  readonly #former: Readonly<Record<NameKind, MakersKey>> | null;
  /** The maker of each name of the call, in order; only where there are two. */
  #order: Maker[] = [];
  #names = new Uint8Array(0);
  #further = new Uint8Array(0);

  /** Throws RangeError where there are more than two shared keys, or a key has not 32 bytes. */
  constructor({ keys, sharedKeys = [], formerKeys = null, digestBatch = chooseDigestBatch }: NamingOptions) {
    if (sharedKeys.length > SHARED_NAMES_MAX) throw new RangeError('a showing has two shared names at most');
    const all = new Map<NameAlgorithm, Uint8Array[]>();
    const added = (algorithm: NameAlgorithm, key: Uint8Array) => {
      const of = all.get(algorithm) ?? [];
      all.set(algorithm, of);
      return { algorithm, key: of.push(key) - 1 };
    };
    const addedOfKinds = (of: NamingKeys) =>
      NAME_KINDS.map((kind) => [kind, added(of.algorithm, of[kind])] as const);
    const own = addedOfKinds(keys);
    const shared = sharedKeys.map(({ algorithm, key }) => added(algorithm, key));
    const former = formerKeys && addedOfKinds(formerKeys);
    const makers = new Map(
      [...all].map(([algorithm, of]): [NameAlgorithm, Maker] => [
        algorithm,
        { request: new DigestRequest(of, digestBatch(algorithm)), made: 0 },
      ]),
    );
    const known = ({ algorithm, key }: ReturnType<typeof added>): MakersKey => ({
      maker: makers.get(algorithm) as Maker,
      key,
    });
    const byKind = (of: typeof own) =>
      Object.fromEntries(of.map(([kind, key]) => [kind, known(key)])) as Record<NameKind, MakersKey>;
    this.#makers = [...makers.values()];
    this.#own = byKind(own);
    this.#sharedKeys = shared.map(known);
    this.#former = former && byKind(former);
  }

  /**
   * What each item of the last call has behind its own names (`FURTHER_NAMES`). Empty where nothing can be.
   */
  get further(): Uint8Array {
    return this.#further;
  }

  /**
   * Names of 16 bytes, one behind the other: of each item its presentation, and, where it is proven, its credential, its
   * subject, this one showing of it, the shared names of that where it is a bearer's, and the former names. Good until the
   * next call.
   */
  nameAll(items: readonly PackedItem[], verdicts: readonly Pick<ProofVerdict, 'facts'>[]): Uint8Array {
    for (const { request } of this.#makers) request.begin();
    this.#order = [];
    const [sharedKeys, former, own] = [this.#sharedKeys, this.#former, this.#own];
    const hasFurther = sharedKeys.length > 0 || former !== null;
    if (hasFurther) this.#further = new Uint8Array(items.length);
    for (let i = 0; i < items.length; i += 1) {
      const item = items[i] as PackedItem;
      this.#presentation(item);
      const facts = verdicts[i]?.facts;
      if (!facts) continue;
      this.#proven(own, facts);
      if (!hasFurther) continue;
      const isShared = facts.holderBound && BEARER_FAMILIES.has(item.family);
      if (isShared) for (const key of sharedKeys) this.#showing(key, facts);
      if (former) this.#proven(former, facts);
      this.#further[i] = (isShared ? sharedKeys.length : 0) | (former ? FURTHER_NAMES.former : 0);
    }
    return this.#made();
  }

  /** Neither the family nor the scene holds a zero byte, so no two presentations run together to the same bytes. */
  #presentation({ family, scene, packedInput }: PackedItem): void {
    const { request } = this.#own.presentation.maker;
    request.text(family);
    request.byte(0);
    request.text(scene);
    request.byte(0);
    request.bytes(packedInput);
    this.#end(this.#own.presentation);
  }

  #proven(keys: Readonly<Record<NameKind, MakersKey>>, facts: ProofFacts): void {
    keys.credential.maker.request.text(disclosed(facts.credentialId));
    this.#end(keys.credential);
    keys.subject.maker.request.text(disclosed(facts.subject));
    this.#end(keys.subject);
    this.#showing(keys.replay, facts);
  }

  #showing(key: MakersKey, { credentialId, nonce }: ProofFacts): void {
    // The length of the first text goes before both, so no two pairs run together to the same bytes.
    key.maker.request.textWithLength(disclosed(credentialId));
    key.maker.request.text(nonce);
    this.#end(key);
  }

  #end({ maker, key }: MakersKey): void {
    maker.request.end(key);
    if (this.#makers.length > 1) this.#order.push(maker);
  }

  /** Of two makers, each name taken from its own. */
  #made(): Uint8Array {
    const [only] = this.#makers;
    if (this.#makers.length === 1 && only) return only.request.digests();
    const digests = new Map(this.#makers.map((maker) => [maker, maker.request.digests()]));
    for (const maker of this.#makers) maker.made = 0;
    const bytes = this.#order.length * KEYED_DIGEST_BYTES;
    if (this.#names.length < bytes) this.#names = new Uint8Array(bytes * 2);
    for (const [i, maker] of this.#order.entries()) {
      const from = maker.made * KEYED_DIGEST_BYTES;
      const name = digests.get(maker)?.subarray(from, from + KEYED_DIGEST_BYTES) ?? new Uint8Array();
      this.#names.set(name, i * KEYED_DIGEST_BYTES);
      maker.made += 1;
    }
    return this.#names.subarray(0, bytes);
  }
}
