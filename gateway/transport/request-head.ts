/**
 * The head of one request, read in one pass, and whether it says clearly what it is: where it ends, whom it is for. A
 * gateway and a proxy before it that read an unclear one differently can be made to take a part of one request for
 * another (request smuggling, RFC 9112 clause 11.2). So what is unclear is refused before a route sees it.
 *
 * This sees what the server library hands on. What it takes or answers by itself is in SECURITY.md.
 */
import type { HttpRequest } from 'uWebSockets.js';
import type { Code } from '../../config/codes.ts';

export type HeadSource = Pick<HttpRequest, 'getMethod' | 'forEach'>;

/** RFC 9110 clause 5.6.2; the library gives names in lower case. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
/** RFC 9110 clause 5.5: no control characters but the tab. Bytes above ASCII are opaque, and taken. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f]/;
/** RFC 3986 clause 3.2.2 with a port: no user, no path, no blank, and not empty (RFC 9110 clause 4.2.1). */
const HOST = /^(?:\[[0-9a-f:.%]+\]|[a-z0-9.\-_~!$&'()*+;=%]+)(?::\d{0,5})?$/i;
/** RFC 9110 clause 8.6, and no more than a double holds. */
const LENGTH = /^\d{1,15}$/;
/** RFC 6455 clause 4.1: 16 bytes in base64. */
const WEBSOCKET_KEY = /^[A-Za-z0-9+/]{22}==$/;
const WEBSOCKET_VERSION = '13';

export class RequestHead {
  /** In lower case. */
  readonly method: string;
  /** Null where there is none. */
  contentType: string | null = null;
  authorization: string | null = null;
  contentLength: string | null = null;
  webSocketKey: string | null = null;
  /** Lists; empty where there is none. */
  accept = '';
  ifNoneMatch = '';
  webSocketProtocol = '';
  webSocketExtensions = '';
  #transferEncoding: string | null = null;
  #host: string | null = null;
  #webSocketVersion: string | null = null;
  #connection = '';
  #upgrade = '';
  #fault: Code | null = null;

  /** Must be made inside the callback of the request. */
  constructor(request: HeadSource) {
    this.method = request.getMethod();
    request.forEach((name, value) => {
      this.#take(name, value);
    });
    if (this.#host === null) this.#fault ??= 'request.ambiguous_host';
    if (this.#transferEncoding !== null && this.contentLength !== null) {
      this.#fault ??= 'request.ambiguous_length';
    }
  }

  /** Why no route may see this request; null when one may. */
  get fault(): Code | null {
    return this.#fault;
  }

  /** The client wants the connection to end with the answer (RFC 9112 clause 9.6). */
  get wantsClose(): boolean {
    return hasToken(this.#connection, 'close');
  }

  /**
   * Why this is no handshake of RFC 6455 clause 4.2.1; null when it is. The library looks at the key alone, and a proxy
   * that sees no handshake would go on reading HTTP where the gateway reads frames.
   */
  get handshakeFault(): Code | null {
    if (!hasToken(this.#connection, 'upgrade') || !hasToken(this.#upgrade, 'websocket')) {
      return 'connection.upgrade_required';
    }
    if (this.#webSocketVersion !== WEBSOCKET_VERSION) return 'connection.websocket_version';
    if (!WEBSOCKET_KEY.test(this.webSocketKey ?? '')) return 'request.malformed_header';
    const hasBody = this.#transferEncoding !== null || Number(this.contentLength ?? 0) > 0;
    return hasBody ? 'request.ambiguous_length' : null;
  }

  #take(name: string, value: string): void {
    if (CONTROL.test(value)) this.#fault ??= 'request.malformed_header';
    switch (name) {
      case 'host':
        if (this.#host !== null || !HOST.test(value)) this.#fault ??= 'request.ambiguous_host';
        this.#host = value;
        break;
      case 'content-length':
        if (this.contentLength !== null || !LENGTH.test(value)) this.#fault ??= 'request.ambiguous_length';
        this.contentLength = value;
        break;
      case 'transfer-encoding':
        if (this.#transferEncoding !== null || value.toLowerCase() !== 'chunked') {
          this.#fault ??= 'request.ambiguous_length';
        }
        this.#transferEncoding = value;
        break;
      case 'authorization':
        this.authorization = this.#once(this.authorization, value);
        break;
      case 'content-type':
        this.contentType = this.#once(this.contentType, value);
        break;
      case 'accept':
        this.accept = listed(this.accept, value);
        break;
      case 'if-none-match':
        this.ifNoneMatch = listed(this.ifNoneMatch, value);
        break;
      case 'connection':
        this.#connection = listed(this.#connection, value);
        break;
      default:
        if (!TOKEN.test(name)) this.#fault ??= 'request.malformed_header';
        if (name === 'upgrade' || name.startsWith('sec-websocket-')) this.#takeHandshake(name, value);
    }
  }

  #takeHandshake(name: string, value: string): void {
    if (name === 'upgrade') this.#upgrade = listed(this.#upgrade, value);
    else if (name === 'sec-websocket-key') this.webSocketKey = this.#once(this.webSocketKey, value);
    else if (name === 'sec-websocket-version')
      this.#webSocketVersion = this.#once(this.#webSocketVersion, value);
    else if (name === 'sec-websocket-protocol')
      this.webSocketProtocol = listed(this.webSocketProtocol, value);
    else if (name === 'sec-websocket-extensions')
      this.webSocketExtensions = listed(this.webSocketExtensions, value);
  }

  /** A field that is no list may be there once (RFC 9110 clause 5.3): who reads the first and who the last would differ. */
  #once(before: string | null, value: string): string {
    if (before !== null) this.#fault ??= 'request.malformed_header';
    return value;
  }
}

/** RFC 9110 clause 5.3: lines of one list are one list. */
function listed(before: string, value: string): string {
  return before === '' ? value : `${before}, ${value}`;
}

function hasToken(list: string, token: string): boolean {
  return list.split(',').some((each) => each.trim().toLowerCase() === token);
}
