/** Keeps docs/protocol.md true. */
import { createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { decode } from '@msgpack/msgpack';
import { describe, expect, it } from 'vitest';
import { CODES, type Code, codeEntry } from '../../config/codes.ts';
import { parseSettings } from '../../config/settings.ts';
import { verifyingKeyOfJwk } from '../../crypto/signature/jose.ts';
import { signingKeyOfJwk } from '../../crypto/signature/private-jwk.ts';
import { isSigned } from '../../crypto/signature/verify.ts';
import {
  closeCode,
  encodeAnswer,
  encodeChallenge,
  encodeDrain,
  encodeNoWelcome,
  encodePong,
  encodeWelcome,
} from '../../gateway/transport/taps/gate-protocol.ts';
import { SM2_DEFAULT_ID, sm2Digest, sm2IdentityHash } from '../../workers/engine/sm2-digest.ts';

const page = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8');
const fields = (bytes: Uint8Array) => Object.keys(decode(bytes) as object).slice(1);

/** The fields that a table of the page lists for each message. */
function documented(heading: string): Map<string, string[]> {
  const section = page.split(`### ${heading}`)[1]?.split('\n##')[0] ?? '';
  const messages = new Map<string, string[]>();
  let current: string[] = [];
  for (const [, message, names] of section.matchAll(/^\| (?:`(\w+)`)? ?\| (.*?) \|/gm)) {
    if (message !== undefined) {
      current = [];
      messages.set(message, current);
    }
    for (const [, name] of (names ?? '').matchAll(/`(\w+)`/g)) current.push(name as string);
  }
  return messages;
}

describe('docs/protocol.md', () => {
  it('lists the fields the gateway writes', () => {
    const welcome = encodeWelcome({
      gatewayId: 'gw-1',
      serverTimeMs: 0,
      heartbeatMs: 1,
      maxInFlight: 1,
      maxFrameBytes: 1,
      deadlineMs: 1,
      deviceId: 'gate-1',
      scenes: [],
    });
    const decision = encodeAnswer({
      kind: 'decision',
      seq: 0,
      decisionId: 'gw-1:1',
      outcome: 'allow',
      code: 'allow.good',
      atMs: 0,
      mode: 'lists',
      scene: '29/entry',
      facts: {},
      trustGrace: true,
    });
    expect(Object.fromEntries(documented('From the gateway'))).toEqual({
      welcome: fields(welcome),
      decision: fields(decision),
      refusal: [
        ...fields(encodeNoWelcome('auth.expired', 0, { server_time_ms: 0 })),
        ...fields(encodeNoWelcome('auth.cluster_unreachable', 0, { gateway: 'gw-1' })).slice(-1),
        'id',
      ],
      challenge: fields(encodeChallenge(1, { challenge: 'AAECAw', expiresInMs: 1 })),
      pong: fields(encodePong(0, 0)),
      drain: fields(encodeDrain(0)),
    });
    expect(Object.fromEntries(documented('From the gate\n'))).toEqual({
      hello: ['v', 'token', 'stream'],
      tap: ['seq', 'family', 'credential', 'context', 'scene', 'deadline_ms'],
      ping: ['at_ms'],
      challenge: ['id', 'scene', 'bytes'],
      bye: [],
    });
  });

  it('names codes that exist, under their close codes', () => {
    const kinds = 'allow|deny|refer|request|tap|challenge|gateway|auth|connection';
    const named = [...page.matchAll(new RegExp(`\`((?:${kinds})\\.[a-z_]+)\``, 'g'))].map(([, code]) => code);
    expect(named.length).toBeGreaterThan(30);
    for (const code of named) expect(CODES).toHaveProperty([code as string]);
    const table = page.split('## Close codes')[1]?.split('\n#')[0] ?? '';
    const rows = [...table.matchAll(/^\| (4\d{3}) \| (.*?) \|/gm)];
    expect(rows.length).toBe(12);
    for (const [, number, text] of rows) {
      for (const [, code] of (text ?? '').matchAll(/`([a-z]+\.[a-z_]+)`/g)) {
        expect([code, closeCode(code as Code)]).toEqual([code, Number(number)]);
      }
    }
  });

  it('says of each close whether to come again as the code does', () => {
    const table = page.split('## Close codes')[1]?.split('\n#')[0] ?? '';
    for (const [, text, again] of table.matchAll(/^\| 4\d{3} \| (.*?) \| (.*?) \|$/gm)) {
      const retry = !/^no|do not send it again/.test(again ?? '') && !/: no$/.test(again ?? '');
      for (const [, code] of (text ?? '').matchAll(/`([a-z]+\.[a-z_]+)`/g)) {
        expect([code, codeEntry(code as Code).retry]).toEqual([code, retry]);
      }
    }
  });

  it('has a worked token whose signature verifies, over the bytes it shows', () => {
    const jwk = JSON.parse(/\{ "kty": "OKP".*\}/.exec(page)?.[0] ?? '') as JsonWebKey;
    expect(Buffer.from(jwk.d ?? '', 'base64url')).toEqual(
      Buffer.from(Array.from({ length: 32 }, (_, i) => i)),
    );
    const [, header, claims] = /```\n(\{"alg".*\})\n(\{"iss".*\})\n```/.exec(page) ?? [];
    const token = /^eyJ[\w-]+\.[\w-]+\.[\w-]+$/m.exec(page)?.[0] ?? '';
    const [first = '', second = '', signature = ''] = token.split('.');
    expect(Buffer.from(first, 'base64url').toString()).toBe(header);
    expect(Buffer.from(second, 'base64url').toString()).toBe(claims);
    const { d: _private, ...publicJwk } = jwk;
    const key = createPublicKey({ key: publicJwk, format: 'jwk' });
    const input = Buffer.from(`${first}.${second}`);
    expect(verify(null, input, key, Buffer.from(signature, 'base64url'))).toBe(true);
  });

  it('has a worked token with SM2: its digests are right, and its signature verifies with them', () => {
    const jwk = JSON.parse(/\{ "kty": "EC", "crv": "SM2".*\}/.exec(page)?.[0] ?? '') as JsonWebKey;
    expect(signingKeyOfJwk(jwk).publicKey.algorithm).toBe('SM2');
    const [, header, claims] = /```\n(\{"alg":"SGD.*\})\n(\{"iss".*\})\n```/.exec(page) ?? [];
    const tokens = page.match(/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/gm) ?? [];
    const [first = '', second = '', signature = ''] = (tokens[1] ?? '').split('.');
    expect(Buffer.from(first, 'base64url').toString()).toBe(header);
    expect(Buffer.from(second, 'base64url').toString()).toBe(claims);
    const { d: _private, ...publicJwk } = jwk;
    const key = verifyingKeyOfJwk(publicJwk);
    const input = Buffer.from(`${first}.${second}`);
    expect(isSigned(key, input, Buffer.from(signature, 'base64url'))).toBe(true);
    const z = Buffer.from(sm2IdentityHash(key.bytes, SM2_DEFAULT_ID)).toString('hex');
    expect(/^Z = (.*)$/m.exec(page)?.[1]).toBe(z);
    const e = Buffer.from(sm2Digest(key.bytes, SM2_DEFAULT_ID, input)).toString('hex');
    expect(/^e = (.*)$/m.exec(page)?.[1]).toBe(e);
  });

  it('has a worked tap whose bytes are what it says', () => {
    const block = /```\n(85 a1 74[\s\S]*?)```/.exec(page)?.[1] ?? '';
    const hex = block.replaceAll(/#.*|\s/g, '');
    expect(decode(new Uint8Array(Buffer.from(hex, 'hex')))).toEqual({
      t: 'tap',
      seq: 7,
      family: 'transit-qr',
      credential: { code: new Uint8Array([0x80, 0x01, 0x49]) },
      context: {},
    });
  });

  it('states the limits that are the defaults', () => {
    const { limits } = parseSettings({ gateway_id: 'gw', trust_file: 'trust.json' });
    expect(limits).toMatchObject({
      frame_bytes: 16 * 1024,
      frame_desk_bytes: 96 * 1024,
      frame_batch_bytes: 96 * 1024,
      challenge_lifetime_ms: 60_000,
      challenges_per_s: 50,
      challenge_numbers_per_device: 32,
      body_bytes: 2 * 1024 * 1024,
      nesting_depth: 6,
      map_entries: 128,
      batch_items: 256,
      in_flight_per_device: 1_024,
      connections_per_device: 4,
      connections: 10_000,
      hello_timeout_ms: 3_000,
      heartbeat_ms: 15_000,
      send_buffer_bytes: 4 * 1024 * 1024,
      deadline_gate_ms: 500,
      deadline_desk_ms: 2_000,
      deadline_batch_ms: 10_000,
      token_lifetime_ms: 120_000,
      clock_tolerance_ms: 10_000,
      session_lifetime_ms: 900_000,
    });
  });
});
