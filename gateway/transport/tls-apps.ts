/**
 * The certificate of an app of uWebSockets.js cannot be changed. So one app listens and serves nothing: it hands what it
 * accepts to the app that has the newest certificate. An app before that goes on serving what it was handed.
 */
import type * as uWS from 'uWebSockets.js';
import type { ServerLibrary } from './server-library.ts';
import { isSamePair, readTlsFiles, type TlsFiles, type TlsPair } from './tls-files.ts';
import { TLS_1_2_SUITES } from './tls-suites.ts';
import { type Renewal, TransportError } from './transport.ts';

interface TlsApp {
  readonly pair: TlsPair;
  readonly app: uWS.TemplatedApp;
}

export class TlsApps {
  /**
   * Accepts, and never reads. It is an app with TLS nonetheless: the library makes the socket that it hands over in its own
   * kind, and one without TLS is too small for what an app with TLS keeps in it.
   */
  readonly front: uWS.TemplatedApp;
  readonly #library: ServerLibrary;
  readonly #serve: (app: uWS.TemplatedApp) => void;
  /** Oldest first; the last one is handed what comes. The library frees none of them before the process ends. */
  readonly #apps: uWS.TemplatedApp[];
  #inForce: TlsApp;

  /** `serve` registers everything on an app. Throws TransportError when the files cannot be used. */
  constructor(library: ServerLibrary, files: TlsFiles, serve: (app: uWS.TemplatedApp) => void) {
    this.#library = library;
    this.#serve = serve;
    this.#inForce = this.#make(files, readTlsFiles(files));
    this.#apps = [this.#inForce.app];
    this.front = this.#app(files);
    this.front.addChildAppDescriptor(this.#inForce.app.getDescriptor());
  }

  /** See `Transport.renewTls`. */
  renew(files: TlsFiles): Renewal | null {
    const pair = readTlsFiles(files);
    if (isSamePair(pair, this.#inForce.pair)) return null;
    const next = this.#make(files, pair);
    return { apply: () => this.#put(next) };
  }

  /** Ends every connection that any of them serves. */
  close(): void {
    for (const app of this.#apps) app.close();
  }

  #put(next: TlsApp): void {
    // Within one turn of the event loop: nothing is accepted in between.
    this.front.addChildAppDescriptor(next.app.getDescriptor());
    this.front.removeChildAppDescriptor(this.#inForce.app.getDescriptor());
    this.#apps.push(next.app);
    this.#inForce = next;
  }

  #make(files: TlsFiles, pair: TlsPair): TlsApp {
    const app = this.#app(files);
    this.#serve(app);
    return { pair, app };
  }

  /** Serves nothing yet. */
  #app(files: TlsFiles): uWS.TemplatedApp {
    try {
      return this.#library.SSLApp({
        cert_file_name: files.cert_file,
        key_file_name: files.key_file,
        ssl_ciphers: TLS_1_2_SUITES,
      });
    } catch (cause) {
      const why = `the server library does not take them: ${(cause as Error).message}`;
      throw new TransportError(`TLS files cannot be used: ${files.cert_file}, ${files.key_file}: ${why}`, {
        cause,
      });
    }
  }
}
