/** Requests that a fuzzer draws from the OpenAPI document of a hotel's desk. `.ci/client-tools` installs the fuzzer. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SCOPES } from '../../hotel/people/actor.ts';
import { type ComposedDesk, startDesk } from '../composed/desk.rig.ts';
import { type DeskSession, signIn } from '../composed/desk-session.rig.ts';

const TOOLS =
  process.env['ONECARD_CLIENT_TOOLS'] ??
  join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'onecard-client-tools');
const FUZZER = join(TOOLS, 'python', 'bin', 'schemathesis');
const hasFuzzer = existsSync(FUZZER);
if (!hasFuzzer) console.warn('requests to the desk are not drawn: run .ci/client-tools');

const IS_FULL = process.env['ONECARD_FULL'] === '1';
/** Requests that are drawn for one operation, beside those that its schema itself gives: more than 70 of them. */
const FUZZED = IS_FULL ? 150 : 2;
const LONGEST_MS = IS_FULL ? 3_600_000 : 240_000;
/** Streams have no end. */
const ENDLESS = '/stream$';
/** Signing out ends the session that the others are asked with. */
const ENDS_THE_SESSION = 'DELETE /session';

/** It leaves files where it runs. */
const folder = mkdtempSync(join(tmpdir(), 'onecard-fuzz-'));
let desk: ComposedDesk;
beforeAll(async () => {
  desk = await startDesk({
    hotel: {
      limits: { requests_per_s: 10_000, verifications_in_flight: 1_000 },
      sessions: { token_ms: LONGEST_MS },
    },
  });
}, 60_000);
afterAll(async () => {
  await desk?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function token(manager: DeskSession): Promise<string> {
  const { client_id, client_secret } = await manager.json<{ client_id: string; client_secret: string }>(
    '/v1/clients',
    { body: { title: 'A fuzzer', scopes: SCOPES } },
  );
  const grant = { grant_type: 'client_credentials', client_id, client_secret };
  const answer = await fetch(`${desk.url}/oauth/token`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(grant).toString(),
  });
  return ((await answer.json()) as { access_token: string }).access_token;
}

describe.skipIf(!hasFuzzer)('schemathesis', () => {
  test('finds no server error, and no answer outside the document', { timeout: LONGEST_MS }, async () => {
    const checks = [
      ...['not_a_server_error', 'status_code_conformance', 'content_type_conformance'],
      ...['response_headers_conformance', 'response_schema_conformance'],
    ];
    const manager = await signIn(desk, 'manager');
    const args = [
      ...['run', `${desk.url}/openapi.json`, '--exclude-path-regex', ENDLESS],
      ...['--exclude-name', ENDS_THE_SESSION],
      ...['--checks', checks.join(','), '--max-examples', String(FUZZED), '--seed', '1'],
      ...['--phases', 'examples,coverage,fuzzing', '--suppress-health-check', 'all', '--no-color'],
      ...['--header', `Authorization: Bearer ${await token(manager)}`],
      // The session's own routes know the cookie alone.
      ...['--header', `Cookie: ${manager.cookie}`, '--header', `X-CSRF-Token: ${manager.csrf}`],
    ];
    const child = spawn(FUZZER, args, { cwd: folder, env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' } });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
    expect(await ended, `${out}\n${err}`).toBe(0);
    const cases = Number(/Test cases:\s+([\d,]+) generated/.exec(out)?.[1]?.replace(',', ''));
    console.log(out.slice(out.indexOf('SUMMARY')));
    expect(cases).toBeGreaterThan(IS_FULL ? 10_000 : 200);
    const faults = desk.composed.logLines.filter(({ level }) => level === 'error' || level === 'fatal');
    expect(faults).toEqual([]);
  });
});
