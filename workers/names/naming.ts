/**
 * What persons, cards and presentations are called outside the proving thread: keyed digests of 16 bytes, made for a
 * whole batch at once. Card numbers and accounts do not leave the thread.
 */
import { disclosed } from '../claims.ts';
import type { PackedItem, ProofFacts, ProofVerdict } from '../contract.ts';
import { type DigestBatch, DigestRequest } from './digest-batch.ts';

/** What is named. The order is that of the names of a proven presentation. */
export const NAME_KINDS = ['presentation', 'credential', 'subject', 'replay'] as const;
export type NameKind = (typeof NAME_KINDS)[number];

/** 32 bytes for each kind, so that a subject's name never equals a credential's. */
export type NamingKeys = Readonly<Record<NameKind, Uint8Array>>;

const KIND = { presentation: 0, credential: 1, subject: 2, replay: 3 } as const;

export class Naming {
  readonly #request: DigestRequest;

  constructor(keys: NamingKeys, digestBatch: DigestBatch) {
    this.#request = new DigestRequest(
      NAME_KINDS.map((kind) => keys[kind]),
      digestBatch,
    );
  }

  /**
   * Names of 16 bytes, one behind the other: of each item its presentation, and, where it is proven, its credential, its
   * subject and this one showing of it. Good until the next call.
   */
  nameAll(items: readonly PackedItem[], verdicts: readonly Pick<ProofVerdict, 'facts'>[]): Uint8Array {
    const request = this.#request.begin();
    for (let i = 0; i < items.length; i += 1) {
      presentation(request, items[i] as PackedItem);
      const facts = verdicts[i]?.facts;
      if (facts) proven(request, facts);
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

function proven(request: DigestRequest, { credentialId, subject, nonce }: ProofFacts): void {
  request.text(disclosed(credentialId));
  request.end(KIND.credential);
  request.text(disclosed(subject));
  request.end(KIND.subject);
  // The length of the first text goes before both, so no two pairs run together to the same bytes.
  request.textWithLength(disclosed(credentialId));
  request.text(nonce);
  request.end(KIND.replay);
}
