/** The way that what is told to the platform goes, and how its answer comes back. */
import { PlatformError } from '../outbound/platform-error.ts';
import {
  type PlatformEndpoint,
  type PlatformRequest,
  type PlatformResponse,
  requestPlatform,
} from '../outbound/platform-request.ts';

/** What may be under way at once. */
export interface RouteBounds {
  /** Records of one message. */
  readonly records: number;
  /** Bytes of one message, as far as a single record leaves a choice. */
  readonly messageBytes: number;
  /** Messages that wait for their answers. */
  readonly messages: number;
  /** Bytes of all of them: while there are as many, no more are sent. */
  readonly bytes: number;
}

export interface UploadRequest extends PlatformRequest {
  /** What it holds, where it has a name: epoch and positions. The same again has the same. */
  readonly name?: string;
}

/** It was not answered on the way it took, and goes another from now on: to be sent again at once. */
export class RouteChangedError extends PlatformError {
  constructor(cause: unknown) {
    const why = 'the bus carries no journal now: it is handed in over HTTP until it does';
    super('timeout', why, { cause });
  }
}

export interface UploadRoute {
  /** Null: one request at a time, of as many records as the platform takes. */
  readonly bounds: RouteBounds | null;
  /**
   * Resolves to the platform's answer, which has the same meaning whichever way it came. Rejects with PlatformError;
   * then it may be there or not, and is to be sent again.
   */
  send(request: UploadRequest): Promise<PlatformResponse>;
}

export function overHttp(endpoint: PlatformEndpoint): UploadRoute {
  return { bounds: null, send: (request) => requestPlatform(endpoint, request) };
}
