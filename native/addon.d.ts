/** Written by `npm run native` from the addon. Not to be edited. */

/** A back-end of the engine. */
export interface BackendStatus {
  /** The name to select it by. */
  name: string;
  /** Whether this machine can run it; the known-answer test is made when it is selected. */
  available: boolean;
  /** Why it cannot run. */
  reason?: string;
  /** Whether it is the one that runs. */
  selected: boolean;
}

/** What a thread that asks the store is started with. */
export interface StoreLaneOptions {
  /** Names of showings begin with it. */
  showingPrefix: string;
  /** The name that is written to see whether it can be. */
  look: string;
  /** What marks are made with, `SHA-256` or `SM3`: the first is written, the others are known. */
  algorithms: Array<string>;
  /** A name is kept for so much longer than the showing. */
  clocksApartMs: number;
  /** From a write until its answers. */
  deadlineMs: number;
  /** Writes in a row without any answer after which nothing is asked for a while. */
  breakerFailures: number;
  /** That while. */
  breakerOpenMs: number;
  /** Of what waits to be asked. */
  askBytesMax: number;
  /** With the password. */
  username?: string;
  /** None: the server asks for none. */
  password?: string;
}

/** Asks what one record says. False: it cannot now. */
export declare function askStoreLane(lane: object, record: Uint8Array): boolean;

/** The back-ends, the fastest first. */
export declare function backends(): Array<BackendStatus>;

/**
 * Writes X ‖ Y of a compressed point of 33 bytes into `key`. False, with `key` as it was, when it is not a point of the
 * curve.
 */
export declare function decompress(curveNumber: number, compressed: Uint8Array, key: Uint8Array): boolean;

/**
 * Decompresses n points of 33 bytes into `keys`, 64 bytes each; `verdicts` has 1 for each that is a point of its curve,
 * and 0 with a key of zeros for each that is none. Throws on wrong sizes or curves only, before anything is written.
 */
export declare function decompressBatch(curves: Uint8Array, compressed: Uint8Array, keys: Uint8Array, verdicts: Uint8Array): void;

/** Whether X ‖ Y is a point of the curve with both coordinates below p. */
export declare function isOnCurve(curveNumber: number, key: Uint8Array): boolean;

/**
 * HMAC-SHA-256 (RFC 2104) of n messages, cut to the leftmost 16 bytes, into `digests`. Message i is `messages` from
 * `ends[i - 1]`, 0 for the first, to `ends[i]`; the last end is the length of `messages`. It is keyed with key number
 * `kinds[i]` of `keys`, 32 bytes each. Throws on sizes, ends or numbers of keys that do not fit together, before
 * anything is written.
 */
export declare function keyedDigests(keys: Uint8Array, kinds: Uint8Array, messages: Uint8Array, ends: Uint32Array, digests: Uint8Array): void;

/** As `keyedDigests`, with HMAC-SM3 (GB/T 15852.2 clause 7). */
export declare function keyedDigestsSm3(keys: Uint8Array, kinds: Uint8Array, messages: Uint8Array, ends: Uint32Array, digests: Uint8Array): void;

/** Connects to an address and a port, for ever again; null: ends its connection. Throws on what is no address. */
export declare function leadStoreLane(lane: object, place?: string | undefined | null): void;

/**
 * Writes what was sealed into `plain`. False, with `plain` as it was, where it was changed, or sealed under another key or
 * `associated`. Throws on lengths that do not fit together.
 */
export declare function open(ready: Uint8Array, associated: Uint8Array, sealed: Uint8Array, plain: Uint8Array): boolean;

/**
 * SHA-256 of n parts of `bytes`, each behind one byte `prefix`, into `digests`, 32 bytes each: the hashes of the leaves and
 * nodes of a Merkle tree (RFC 9162 section 2.1.1). Part i is `bytes` from `bounds[2 i]` to `bounds[2 i + 1]`. Throws on
 * sizes or bounds that do not fit together, before anything is written.
 */
export declare function prefixedDigests(prefix: number, bytes: Uint8Array, bounds: Uint32Array, digests: Uint8Array): void;

/** As `prefixedDigests`, with SM3. */
export declare function prefixedDigestsSm3(prefix: number, bytes: Uint8Array, bounds: Uint32Array, digests: Uint8Array): void;

/**
 * Makes the table that verifies a key's signatures without doublings, in about two milliseconds and 256 KiB, or shares
 * the one made before. Gives a handle for `verifyBatch`; 0 when as many keys are prepared as are allowed; null when the
 * bytes are not a point of the curve. Each handle is released once.
 */
export declare function prepareKey(curveNumber: number, key: Uint8Array): number | null;

/** Keys prepared now. */
export declare function preparedKeys(): number;

/** Ends one use of a prepared key; the last frees its table. False when the handle is not, or no longer, good. */
export declare function releaseKey(handle: number): boolean;

/**
 * Writes s^e mod n into `block`, which is as long as the modulus, of 64 to 256 bytes; e is 3 or 65537. False, with
 * `block` as it was, when the signature is not as long or its number not below n, or the modulus is even or begins with a
 * bit of 0. Throws on another exponent or length of `block`.
 */
export declare function rsaRecover(modulus: Uint8Array, exponent: number, signature: Uint8Array, block: Uint8Array): boolean;

/**
 * Encrypts and then authenticates (GB/T 36624 clause 10). `sealed` has its counter in its first 16 bytes, which no other
 * message under this key has, and receives the ciphertext, as long as `plain`, and the tag of 32 bytes. `ready`: of
 * `sealKey`. Throws on lengths that do not fit together, before anything is written.
 */
export declare function seal(ready: Uint8Array, associated: Uint8Array, plain: Uint8Array, sealed: Uint8Array): void;

/**
 * Makes a key of SM4, 16 bytes, and one of HMAC-SM3, 32 bytes, ready for `seal` and `open`: writes 192 bytes into `ready`,
 * which are as secret as the keys. Throws on other lengths, before anything is written.
 */
export declare function sealKey(cipherKey: Uint8Array, macKey: Uint8Array, ready: Uint8Array): void;

/**
 * Starts a back-end, which makes its known-answer test, and runs it from now on in every thread of the process. Throws
 * with the reason where it cannot run or fails the test; what ran before goes on. Handles of prepared keys belong to
 * the back-end that gave them: with another one they are only useless.
 */
export declare function selectBackend(name: string): void;

/** Makes the known-answer test of a back-end anew. Null when it passes, else what failed or why it cannot run. */
export declare function selfTest(name: string): string | null;

/**
 * Writes the digests of n jobs that `verifyBatch` is to verify: e = SM3(Z_A ‖ M), GB/T 32918.2 clause 7.1. `jobs` has
 * their numbers: the key of job j is 64 bytes from 64·j in `keys`, its digest 32 bytes from 32·j in `digests`; those of
 * other jobs stay as they are. `messages` has, for each, its distinguishing ID and M one behind the other, and `ends`
 * where either ends; the last end is the length of `messages`. Throws on sizes, ends or jobs that do not fit together
 * and on IDs above 8,191 bytes, before anything is written.
 */
export declare function sm2Digests(jobs: Uint32Array, keys: Uint8Array, messages: Uint8Array, ends: Uint32Array, digests: Uint8Array): void;

/**
 * Starts a thread that asks one server, once it is led to one. `onAnswers` is called when there are answers where there were
 * none. Gives what the other functions take. Throws on an algorithm that is none, and where no thread can be started.
 */
export declare function startStoreLane(options: StoreLaneOptions, onAnswers: () => void): object;

/** Ends the thread. What was given back is written before, where there is a connection. */
export declare function stopStoreLane(lane: object): void;

/** 0: it is not connected; 1: it can be asked; 2: the server has let too much go without an answer, for a while. */
export declare function storeLaneState(lane: object): number;

/** Questions without a reply, however late. */
export declare function storeLaneUnderWay(lane: object): number;

/** Moves the first answers into an array, each behind its length in four bytes, and gives how many bytes they are. */
export declare function takeStoreAnswers(lane: object, into: Uint8Array): number;

/**
 * Verifies n jobs, SM2 signatures (GB/T 32918.2) for curve 0 and ECDSA (FIPS 186-5) for curve 1, and writes one
 * verdict each: 1 verifies, 0 does not. Keys are X ‖ Y and signatures r ‖ s, 64 bytes each, digests 32 bytes; for SM2
 * the digest is e = SM3(Z_A ‖ M). `prepared` has a handle from `prepareKey` for each job, or 0xffffffff where the key
 * signs again and again and a table of 4 KiB may be kept of it, or 0: a hint, the verdict is about the key's bytes. Throws on wrong sizes or curves only, before any verdict is written. The arrays must not be
 * shared with a thread that writes to them meanwhile.
 */
export declare function verifyBatch(curves: Uint8Array, keys: Uint8Array, digests: Uint8Array, signatures: Uint8Array, prepared: Uint32Array, verdicts: Uint8Array): void;
