/** Fetches one status list token: bounded in time and bytes, never redirected (draft-ietf-oauth-status-list, 8.1). */

import { boundedBody, dismiss, OversizedAnswerError, sendRequest } from '../../outbound/bounded-fetch.ts';
import { PlatformError } from '../../outbound/platform-error.ts';
import type { PlatformEndpoint } from '../../outbound/platform-request.ts';
import { TimeLimit } from '../../outbound/time-limit.ts';
import { LIST_TYPES } from './list-token.ts';
import { TokenStatusError } from './token-status-error.ts';

const MEDIA_TYPES: readonly string[] = LIST_TYPES.map((type) => `application/${type}`);

/** Resolves to the token. Rejects with PlatformError, or TokenStatusError `type` for another media type. */
export async function fetchStatusList(
  uri: string,
  platform: PlatformEndpoint,
  maxBytes: number,
  stopping: AbortSignal,
): Promise<Uint8Array> {
  const limit = new TimeLimit(platform.timeoutMs, stopping);
  try {
    const response = await sendRequest(uri, { headers: headersFor(uri, platform), signal: limit.signal });
    const refused = refusal(response);
    if (refused) {
      await dismiss(response);
      throw refused;
    }
    return await boundedBody(response, maxBytes);
  } catch (cause) {
    if (cause instanceof PlatformError || cause instanceof TokenStatusError) throw cause;
    if (cause instanceof OversizedAnswerError) throw new PlatformError('too_large', cause.message);
    if (limit.passed) {
      throw new PlatformError('timeout', `no answer within ${platform.timeoutMs} ms`, { cause });
    }
    throw new PlatformError('unreachable', 'the status list cannot be fetched', { cause });
  } finally {
    limit.end();
  }
}

/** The gateway's token is for the platform: no other issuer is shown it. */
function headersFor(uri: string, platform: PlatformEndpoint): Record<string, string> {
  const own = new URL(uri).origin === new URL(platform.url).origin;
  return { accept: MEDIA_TYPES.join(', '), ...(own && { authorization: `Bearer ${platform.token}` }) };
}

function refusal({ status, headers }: Response): PlatformError | TokenStatusError | null {
  if (status !== 200) {
    const fault = status === 401 || status === 403 ? 'unauthorised' : 'status';
    return new PlatformError(fault, `the status list was answered with status ${status}`, { status });
  }
  const type = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  return type !== undefined && MEDIA_TYPES.includes(type)
    ? null
    : new TokenStatusError('type', `what came is not served as ${MEDIA_TYPES.join(' or ')}`);
}
