/** What ties an agent to its desk: made by a one-time code, kept in a file for its owner alone. */
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { isLoopbackHost } from '../../config/loopback.ts';
import { ReaderAgentError } from './agent-error.ts';

export interface Pairing {
  /** Base address of the desk. */
  readonly url: string;
  readonly readerId: string;
  readonly desk: string;
  /** Secret. */
  readonly token: string;
  /** PEM file of authorities to trust beside the system's; null: none. */
  readonly caFile: string | null;
}

const ANSWER_MS = 15_000;

/** Base address without a path. Throws ReaderAgentError: a token never travels in the clear to another machine. */
export function readDeskUrl(text: string): string {
  const unusable = (why: string) =>
    new ReaderAgentError('desk_unreachable', `${text} cannot be the address of a desk: ${why}`);
  if (!URL.canParse(text)) throw unusable('give it as https://HOST:PORT');
  const { protocol, hostname, origin } = new URL(text);
  if (protocol === 'https:') return origin;
  if (protocol !== 'http:') throw unusable('give it as https://HOST:PORT');
  if (!isLoopbackHost(hostname.replace(/^\[|\]$/g, '')))
    throw unusable('over http: only a desk on this machine');
  return origin;
}

/** For this process: the system's authorities, and those of a file. Throws ReaderAgentError. */
export function trustAuthorities(caFile: string | null): void {
  const own = caFile === null ? [] : [readCertificates(caFile)];
  setDefaultCACertificates([
    ...new Set([...getCACertificates('default'), ...getCACertificates('system'), ...own]),
  ]);
}

function readCertificates(file: string): string {
  let text = '';
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ReaderAgentError('file_unusable', `${file} cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
  if (!text.includes('-----BEGIN CERTIFICATE-----')) {
    throw new ReaderAgentError('file_unusable', `${file} holds no certificate (PEM)`);
  }
  return text;
}

/** Rejects with ReaderAgentError. */
export async function pair(wish: {
  readonly url: string;
  readonly code: string;
  readonly name: string;
  readonly caFile: string | null;
}): Promise<Pairing> {
  const { url, code, name, caFile } = wish;
  let response: Response;
  try {
    response = await fetch(`${url}/reader/pair`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code, name }),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
  } catch (cause) {
    const { message } = ((cause as Error).cause as Error | undefined) ?? (cause as Error);
    throw new ReaderAgentError('desk_unreachable', `no desk answers at ${url}: ${message}`, { cause });
  }
  if (response.status === 200) {
    const { reader_id, token, desk } = (await response.json()) as Readonly<Record<string, unknown>>;
    if (typeof reader_id === 'string' && typeof token === 'string' && typeof desk === 'string') {
      return { url, readerId: reader_id, desk, token, caFile };
    }
  }
  const refused = response.status === 403 || response.status === 422 || response.status === 429;
  throw refused
    ? new ReaderAgentError(
        'pairing_refused',
        'the desk does not take the code: it is wrong, past its five minutes, or used. Ask the desk for a new one (Readers)',
      )
    : new ReaderAgentError('desk_unreachable', `${url} answers as no desk does (status ${response.status})`);
}

/** Where a pairing is kept unless a file is named. */
export function defaultPairingFile(env: NodeJS.ProcessEnv = process.env): string {
  const folder =
    process.platform === 'win32' ? env['APPDATA'] : (env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'));
  return join(folder ?? homedir(), 'onecard', 'reader.json');
}

export function keepPairing(file: string, pairing: Pairing): void {
  const fresh = `${file}.new`;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(fresh, `${JSON.stringify(pairing, null, 2)}\n`, { mode: 0o600 });
  // A file that was left behind keeps the mode it had.
  chmodSync(fresh, 0o600);
  renameSync(fresh, file);
}

/** Throws ReaderAgentError. */
export function readPairing(file: string): Pairing {
  let text = '';
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ReaderAgentError(
      'file_unusable',
      `this reader is paired with no desk (${file}): run "onecard reader pair" first`,
      { cause },
    );
  }
  try {
    const { url, readerId, desk, token, caFile } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    const isWhole = [url, readerId, desk, token].every((each) => typeof each === 'string');
    if (isWhole && (caFile === null || typeof caFile === 'string')) {
      return {
        url: url as string,
        readerId: readerId as string,
        desk: desk as string,
        token: token as string,
        caFile,
      };
    }
  } catch {}
  throw new ReaderAgentError('file_unusable', `${file} is damaged: pair again`);
}
