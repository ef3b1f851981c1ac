/** Certificate and key of an address that speaks TLS, from files. */
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { Settings } from '../../config/settings.ts';
import { TransportError } from './transport.ts';

export type TlsFiles = NonNullable<Settings['listen']['tls']>;

/** PEM. */
export interface TlsPair {
  readonly cert: string;
  readonly key: string;
}

/**
 * uWebSockets.js says only that it failed; node:tls says why, and that the key is the certificate's. Throws
 * TransportError.
 */
export function readTlsFiles({ cert_file, key_file }: TlsFiles): TlsPair {
  try {
    const pair = { cert: readFileSync(cert_file, 'utf8'), key: readFileSync(key_file, 'utf8') };
    createSecureContext(pair);
    return pair;
  } catch (cause) {
    const why = (cause as Error).message;
    throw new TransportError(`TLS files cannot be used: ${cert_file}, ${key_file}: ${why}`, { cause });
  }
}

export function isSamePair(a: TlsPair, b: TlsPair): boolean {
  return a.cert === b.cert && a.key === b.key;
}
