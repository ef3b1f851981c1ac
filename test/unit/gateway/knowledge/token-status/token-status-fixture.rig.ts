/** Made-up status lists: signed as asked, right or wrong. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { deflateSync } from 'node:zlib';
import { CompactSign } from 'jose';
import type { StatusListKey, StatusListSource } from '../../../../../workers/trust/document.ts';

export const NOW = Date.UTC(2026, 10, 20, 8);

export interface Signer {
  readonly alg: 'ES256' | 'EdDSA';
  readonly privateKey: KeyObject;
  readonly jwk: StatusListKey;
}

export function ecSigner(): Signer {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { alg: 'ES256', privateKey, jwk: publicKey.export({ format: 'jwk' }) as StatusListKey };
}

export function edSigner(): Signer {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return { alg: 'EdDSA', privateKey, jwk: publicKey.export({ format: 'jwk' }) as StatusListKey };
}

export function sourceOf(uri: string, { jwk }: Signer): StatusListSource {
  return { region: 'cq', uri, keyJwk: jwk };
}

/** Eight entries of 2 bits: 1, 2, 0, 3, 0, 0, 0, 1. */
export const TWO_BITS = { bits: 2, lst: listOf([0b11_00_10_01, 0b01_00_00_00]) } as const;

export function listOf(bytes: readonly number[] | Uint8Array): string {
  return deflateSync(Uint8Array.from(bytes)).toString('base64url');
}

export interface TokenParts {
  readonly header?: Record<string, unknown>;
  /** Replaces claims; undefined leaves one out. */
  readonly claims?: Record<string, unknown>;
}

export async function tokenOf(uri: string, signer: Signer, parts: TokenParts = {}): Promise<string> {
  const seconds = Math.floor(NOW / 1000);
  const claims = {
    sub: uri,
    iat: seconds - 60,
    exp: seconds + 3_600,
    ttl: 600,
    status_list: TWO_BITS,
    ...parts.claims,
  };
  return await new CompactSign(Buffer.from(JSON.stringify(claims)))
    .setProtectedHeader({ alg: signer.alg, typ: 'statuslist+jwt', ...parts.header })
    .sign(signer.privateKey);
}

export interface ListServer {
  readonly url: string;
  /** What is answered to every request. */
  answer: { status?: number; type?: string; body: string | Buffer; location?: string };
  /** Authorization of each request so far. */
  readonly seen: (string | undefined)[];
  close(): Promise<void>;
}

export async function serveLists(): Promise<ListServer> {
  const seen: (string | undefined)[] = [];
  const server: Server = createServer((request, response) => {
    seen.push(request.headers.authorization);
    const { status = 200, type = 'application/statuslist+jwt', body, location } = made.answer;
    response.writeHead(status, { 'content-type': type, ...(location && { location }) });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const made: ListServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answer: { body: '' },
    seen,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return made;
}
