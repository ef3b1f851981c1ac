/**
 * Fetches what the platform signs, and keeps the last good of each kind on disk, as signed: what is loaded at the next
 * start is verified again, and nothing older than it is taken.
 */
import type { KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { makePrivateFolder, readIfThere, replacePrivateFile } from '../storage/private-files.ts';
import { PlatformError } from './platform-error.ts';
import { type PlatformEndpoint, requestPlatform } from './platform-request.ts';
import { type DocumentByKind, type DocumentKind, verifyDocument } from './signed-document.ts';

export interface PlatformClientOptions {
  readonly endpoint: PlatformEndpoint;
  readonly publicKey: KeyObject;
  /** Where the last good documents are kept. */
  readonly folder: string;
  /** Largest document that is fetched. */
  readonly maxDocumentBytes: number;
}

/** Puts a document in force. Throws when it cannot be. */
export type PutInForce<K extends DocumentKind> = (document: DocumentByKind[K]) => Promise<void> | void;

interface InForce {
  readonly revision: string;
  readonly issuedAtMs: number;
}

export class PlatformClient {
  readonly #options: PlatformClientOptions;
  readonly #inForce = new Map<DocumentKind, InForce>();
  /** Entity tag of what was fetched last, usable or not: the same is not fetched again. */
  readonly #etags = new Map<DocumentKind, string>();

  constructor(options: PlatformClientOptions) {
    this.#options = options;
  }

  /**
   * Puts the document kept from an earlier run in force; resolves to whether there was one. Rejects with PlatformError
   * when it does not verify or cannot be put in force.
   */
  async restore<K extends DocumentKind>(kind: K, putInForce: PutInForce<K>): Promise<boolean> {
    const jws = readIfThere(this.#file(kind));
    if (jws === null) return false;
    const document = await verifyDocument(kind, jws, this.#options.publicKey);
    await this.#use(kind, document, putInForce);
    return true;
  }

  /**
   * Fetches a document and, if it is another than the one in force, puts it in force and keeps it; resolves to whether
   * it did. Rejects with PlatformError; then what was in force stays.
   */
  async update<K extends DocumentKind>(
    kind: K,
    putInForce: PutInForce<K>,
    signal?: AbortSignal,
  ): Promise<boolean> {
    const { endpoint, maxDocumentBytes, publicKey } = this.#options;
    const response = await requestPlatform(endpoint, {
      path: `/v1/${kind}`,
      etag: this.#etags.get(kind) ?? null,
      maxBytes: maxDocumentBytes,
      ...(signal && { signal }),
    });
    if (!response.modified) return false;
    const document = await verifyDocument(kind, response.body, publicKey);
    const inForce = this.#inForce.get(kind);
    if (inForce && document.issuedAtMs < inForce.issuedAtMs) {
      throw new PlatformError('rollback', `the ${kind} document was issued before the one in force`);
    }
    if (response.etag) this.#etags.set(kind, response.etag);
    if (inForce?.revision === document.revision) return false;
    await this.#use(kind, document, putInForce);
    this.#keep(kind, response.body);
    return true;
  }

  async #use<K extends DocumentKind>(
    kind: K,
    document: DocumentByKind[K],
    putInForce: PutInForce<K>,
  ): Promise<void> {
    try {
      await putInForce(document);
    } catch (cause) {
      throw new PlatformError(
        'unusable',
        `the ${kind} document cannot be put in force: ${(cause as Error).message}`,
        {
          cause,
        },
      );
    }
    const { revision, issuedAtMs } = document;
    this.#inForce.set(kind, { revision, issuedAtMs });
  }

  #keep(kind: DocumentKind, jws: Buffer): void {
    try {
      makePrivateFolder(this.#options.folder);
      replacePrivateFile(this.#file(kind), jws);
    } catch (cause) {
      throw new PlatformError(
        'storage',
        `the ${kind} document could not be kept: ${(cause as Error).message}`,
        {
          cause,
        },
      );
    }
  }

  #file(kind: DocumentKind): string {
    return join(this.#options.folder, `${kind}.jws`);
  }
}
