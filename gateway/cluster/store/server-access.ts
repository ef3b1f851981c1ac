/** How the servers of the store are reached, and who a gateway is to them. */
import { readFileSync } from 'node:fs';
import type { ClusterSettings } from '../../../config/settings.ts';
import { ClusterError } from '../cluster-error.ts';

export type StoreSettings = NonNullable<ClusterSettings['store']>;

export const CONNECT_MS = 2_000;
/**
 * A server that says nothing for so long, while it is asked, is connected to anew. Longer than this thread stands still: what it
 * has not read yet would count as silence.
 */
export const SILENT_MS = 5_000;

export interface ServerPlace {
  readonly host: string;
  readonly port: number;
}

export interface ServerAccess {
  readonly username?: string;
  readonly password?: string;
  /** None: without TLS. `ca` none: the roots of the system. */
  readonly tls?: { readonly ca?: string };
}

const DEFAULT_PORT = 6_379;
const RETRY_MS_MAX = 500;
const RETRY_STEP_MS = 50;

/** Throws ClusterError `unusable` where a file cannot be read; it names the file and never what it holds. */
export function serverAccess({ urls, username, password_file, ca_file }: StoreSettings): ServerAccess {
  return {
    ...(username !== undefined && { username }),
    ...(password_file !== undefined && { password: textOf(password_file, 'password').trim() }),
    ...(urls.some((url) => url.startsWith('rediss:')) && {
      tls: ca_file === undefined ? {} : { ca: textOf(ca_file, 'roots') },
    }),
  };
}

export function placeOf(url: string): ServerPlace {
  const { hostname, port } = new URL(url);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? DEFAULT_PORT : Number(port) };
}

/** Before the next try, after so many. */
export function retryMs(tries: number): number {
  return Math.min(tries * RETRY_STEP_MS, RETRY_MS_MAX);
}

function textOf(file: string, what: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const why = (cause as Error).message;
    throw new ClusterError('unusable', `the ${what} of the store cannot be read: ${why}`, { cause });
  }
}
