/** Why the stream of journals does not take a message, in a sentence that says what to do. */
import { JetStreamApiError } from '@nats-io/jetstream';
import { PlatformError } from '../../outbound/platform-error.ts';

/** Error codes of the server (nats-server, errors.json). */
const WRONG_LAST_SEQUENCE = [10_071, 10_164];
const STREAM_NOT_FOUND = 10_059;
const FULL = [10_023, 10_047, 10_077, 10_110, 10_111];

/** The stream has no room: that is waited for, and nothing is lost. */
export function isFull(error: unknown): boolean {
  return error instanceof JetStreamApiError && FULL.includes(error.code);
}

export function wasWrongSequence(error: unknown): boolean {
  return error instanceof JetStreamApiError && WRONG_LAST_SEQUENCE.includes(error.code);
}

export function publishFault(error: unknown, stream: string): PlatformError {
  if (error instanceof PlatformError) return error;
  const cause = error instanceof Error ? error : new Error(String(error));
  if (isFull(cause)) {
    const what = `the stream ${stream} is full (${cause.message})`;
    const then = 'records wait in the journal until the platform has read some, or its max_bytes is raised';
    return new PlatformError('full', `${what}: ${then}`, { cause });
  }
  if (wasWrongSequence(cause)) {
    return new PlatformError(
      'status',
      `another publishes as this gateway in the stream ${stream}: is a second one of the same gateway_id running?`,
      { cause },
    );
  }
  const isMissing =
    (cause instanceof JetStreamApiError && cause.code === STREAM_NOT_FOUND) ||
    cause.name === 'JetStreamNotEnabled';
  const why = isMissing
    ? `there is no stream ${stream} yet: the platform makes it (onecard platform --bus)`
    : `the bus did not take a message: ${cause.message}`;
  return new PlatformError('unreachable', why, { cause });
}
