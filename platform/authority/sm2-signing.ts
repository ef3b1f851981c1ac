/**
 * Signing a byte layout with SM2, with every step open to change: negative tests need credentials that are signed
 * correctly and wrong in one field, and credentials that were changed afterwards.
 */
import { joined } from '../bytes.ts';
import { DEFAULT_ID, type Sm2Key, sm2Sign } from '../sm2.ts';

/** Changes bytes on their way through the issuer. May change the length. */
export type Edit = (bytes: Uint8Array) => Uint8Array;

export interface Sm2Tamper {
  /** Applied to the layout before it is signed. */
  readonly before?: Edit;
  /** Signs instead of the rightful key. */
  readonly signer?: Sm2Key;
  /** Distinguishing ID instead of the rightful one. */
  readonly id?: Uint8Array;
  /** Applied to the layout with its signature. */
  readonly after?: Edit;
}

export interface Sm2Signing {
  readonly key: Sm2Key;
  readonly id?: Uint8Array;
  /** What the signature covers, given the finished layout; default: all of it. */
  readonly covers?: Edit;
  /** Bytes between the layout and r ‖ s; default: none. */
  readonly prefix?: Uint8Array;
  readonly tamper?: Sm2Tamper | undefined;
}

/** layout ‖ prefix ‖ r ‖ s. */
export function signLayout(layout: Uint8Array, signing: Sm2Signing): Uint8Array {
  const { tamper = {} } = signing;
  const finished = tamper.before ? tamper.before(layout) : layout;
  const covered = signing.covers ? signing.covers(finished) : finished;
  const signature = sm2Sign(tamper.signer ?? signing.key, covered, tamper.id ?? signing.id ?? DEFAULT_ID);
  const signed = joined(finished, signing.prefix ?? new Uint8Array(), signature);
  return tamper.after ? tamper.after(signed) : signed;
}
