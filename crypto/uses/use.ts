/** A row of the table of uses. */
import type { Algorithm } from '../algorithms.ts';

export type Property = 'authenticity' | 'integrity' | 'confidentiality' | 'non-repudiation';
/** GB/T 39786-2021 clauses 8.1 to 8.4. */
export type Layer = 'physical' | 'network' | 'device' | 'application';

/** A text for people, in both languages of the pages. */
export interface Said {
  readonly en: string;
  readonly zh: string;
}

interface Described {
  /** What is protected. */
  readonly what: Said;
  readonly properties: readonly Property[];
  readonly layer: Layer;
  /** The key: what it is, who holds it, how long it lives, how it is changed; null: there is none. */
  readonly key: {
    readonly name: Said;
    readonly holder: Said;
    readonly life: Said;
    readonly rotation: Said;
  } | null;
  /**
   * Clauses of GB/T 39786-2021, such as '8.4 e), g)' (crypto/assessment/). Of 8.4: a) who somebody is, b) rules of access, d)
   * confidentiality in transit, e) in storage, f) integrity in transit, g) in storage, h) non-repudiation; of 8.3: e) logs.
   */
  readonly clause: string;
}

/** Where the profile decides. */
export interface ProfileUse extends Described {
  readonly international: Algorithm;
  readonly sm: Algorithm;
}

/** Where somebody else decides, such as the issuer of a card: what it is made with in either profile, and why it stays. */
export interface GivenUse extends Described {
  readonly given: readonly string[];
  readonly why: Said;
}

export type Use = ProfileUse | GivenUse;
