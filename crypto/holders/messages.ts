/**
 * Requests to a process that holds keys, and its answers: version 1 of the protocol of docs/key-holders.md. A frame is its length,
 * 4 bytes, and a body; numbers are big-endian.
 *
 *     request  id (4) | operation (1) | what it needs
 *     answer   id (4) | status (1)    | what was asked for, or a sentence in UTF-8
 */
import type { SignatureAlgorithm, WrapAlgorithm } from '../algorithms.ts';
import { CryptoError } from '../crypto-error.ts';

export const PROTOCOL_VERSION = 1;
/** Of a frame's body. */
export const BODY_BYTES_MAX = 65_536;
export const LABEL_BYTES_MAX = 64;
/** What is signed whole, without a digest: Ed25519. */
export const MESSAGE_BYTES_MAX = 65_000;
export const WRAPPED_BYTES_MAX = 512;
export const LENGTH_BYTES = 4;

const HEAD_BYTES = 5;
const SENTENCE_BYTES_MAX = 256;

export const OPERATION = { hello: 1, publicKey: 2, sign: 3, wrap: 4, unwrap: 5 } as const;
export const ALGORITHM_NUMBER = {
  Ed25519: 1,
  ES256: 2,
  SM2: 3,
  'AES-256-KW': 17,
  'SM4-KW': 18,
} as const satisfies Record<SignatureAlgorithm | WrapAlgorithm, number>;

/** `malformed`: the holder could not read the request, and ends the connection. `device`: what holds the key gave an error. */
export const STATUS = {
  ok: 0,
  malformed: 1,
  unsupported: 2,
  no_key: 3,
  unusable_key: 4,
  unreadable: 5,
  device: 6,
} as const;
export type Status = keyof typeof STATUS;

export interface Answer {
  readonly id: number;
  readonly status: Status;
  readonly bytes: Buffer;
}

export type KeyOperation = 'publicKey' | 'sign' | 'wrap' | 'unwrap';

/** Body of a request without its id. */
export function helloRequest(): Buffer {
  return Buffer.of(OPERATION.hello, PROTOCOL_VERSION);
}

/** Body of a request without its id. Throws CryptoError `unusable` where the label cannot be sent, TypeError on too much input. */
export function keyRequest(
  operation: KeyOperation,
  algorithm: SignatureAlgorithm | WrapAlgorithm,
  label: string,
  input: Uint8Array = Buffer.alloc(0),
): Buffer {
  const named = Buffer.from(label, 'utf8');
  if (named.length === 0 || named.length > LABEL_BYTES_MAX) {
    throw new CryptoError('unusable', `a label has 1 to ${LABEL_BYTES_MAX} bytes`);
  }
  if (input.length > MESSAGE_BYTES_MAX) {
    throw new TypeError(`a key holder is given ${MESSAGE_BYTES_MAX} bytes at most`);
  }
  const head = Buffer.of(OPERATION[operation], ALGORITHM_NUMBER[algorithm], named.length);
  return Buffer.concat([head, named, input]);
}

/** The whole frame. */
export function framed(id: number, request: Uint8Array): Buffer {
  const head = Buffer.alloc(LENGTH_BYTES + 4);
  head.writeUInt32BE(4 + request.length, 0);
  head.writeUInt32BE(id, LENGTH_BYTES);
  return Buffer.concat([head, request]);
}

/** Null where the bytes are no answer. */
export function readAnswer(body: Buffer): Answer | null {
  if (body.length < HEAD_BYTES) return null;
  const number = body[4];
  const status = (Object.keys(STATUS) as Status[]).find((name) => STATUS[name] === number);
  if (status === undefined) return null;
  return { id: body.readUInt32BE(0), status, bytes: body.subarray(HEAD_BYTES) };
}

/** What a holder says of itself, or of a failure: it goes to a log, so nothing but printable text of a line. */
export function sentenceOf(bytes: Buffer): string {
  const text = bytes.subarray(0, SENTENCE_BYTES_MAX).toString('utf8');
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ').trim();
}
