/** The platform's side of questions and seals for tests that have no platform: keys, opening, sealing. Synchronous. */
import type { ServerResponse } from 'node:http';
import { type StatusKeys, statusKeysOf } from '../../../../gateway/knowledge/trust/status-keys.ts';
import { trustOf } from '../../../../platform/authority/profiles.ts';
import { makeStatusAuthority, publicPart, sealOf } from '../../../../platform/authority/status.ts';
import { smSealOf } from '../../../../platform/authority/status-sm.ts';
import { openQuestions, questionKeys } from '../../../../platform/http/status-questions.ts';
import { TEST_PROFILE } from '../../../crypto-profile.rig.ts';

const authority = makeStatusAuthority('status test');

/** As trust would name them. */
export const STATUS_KEYS: StatusKeys = statusKeysOf(
  trustOf([TEST_PROFILE], authority, {
    anchors: [],
    statusKeys: [publicPart(authority.sealing)],
    statusEncryptionKeys: [publicPart(authority.encryption)],
  }),
  { profile: TEST_PROFILE, changing_over: false },
);

export function sealFor(
  path: string,
  request: string | Uint8Array,
  answer: string | Uint8Array,
  { sealedAtMs = Date.now(), status = 200 } = {},
): string {
  const bytes = (content: string | Uint8Array) => Buffer.from(content as string);
  const made = { path, request: bytes(request), status, answer: bytes(answer), sealedAtMs };
  return TEST_PROFILE === 'sm' ? smSealOf(authority.sm.sealing, made) : sealOf(authority.sealing, made);
}

/** What a request for live status asks. Throws unless it was encrypted to us. */
export const queriesIn = (body: string): [string, string][] =>
  openQuestions(JSON.parse(body), questionKeys([TEST_PROFILE], authority));

/** Whatever the test answers goes out sealed, unless it says a seal of its own. */
export function sealing(response: ServerResponse, path: string, request: string | Uint8Array): void {
  const [writeHead, end] = [response.writeHead.bind(response), response.end.bind(response)];
  let head: [number, Record<string, string>] = [200, {}];
  response.writeHead = ((status: number, headers: Record<string, string> = {}) => {
    head = [status, headers];
    return response;
  }) as typeof response.writeHead;
  response.end = ((body = '') => {
    const [status, headers] = head;
    writeHead(status, { 'onecard-seal': sealFor(path, request, body, { status }), ...headers });
    return end(body);
  }) as typeof response.end;
}
