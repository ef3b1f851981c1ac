import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPortableEngine } from '../../../../workers/engine/portable.ts';
import { type JwsRules, readCompactJws } from '../../../../workers/jose/compact-jws.ts';
import { p256Thumbprint, readJwk } from '../../../../workers/jose/jwk.ts';
import {
  type PublicSignatureKey,
  type SignatureAlgorithm,
  type Verification,
  verificationOf,
} from '../../../../workers/jose/verification.ts';

const engine = createPortableEngine();
const RULES: JwsRules = {
  algorithms: ['ES256', 'ES384', 'ES512', 'EdDSA', 'RS256', 'PS256'],
  headerCharactersMax: 512,
  headerLimits: { depth: 4, entries: 16 },
};
const b64 = (text: string | Uint8Array) => Buffer.from(text).toString('base64url');
const jws = (header: unknown, payload = 'x', signature: Uint8Array = new Uint8Array(64)) =>
  `${b64(typeof header === 'string' ? header : JSON.stringify(header))}.${b64(payload)}.${b64(signature)}`;

/** RFC 7515 appendix A.3. */
const A3 = {
  jwk: {
    kty: 'EC',
    crv: 'P-256',
    x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
    y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
  },
  text:
    'eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.' +
    'DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q',
};

function holds(verification: Verification): boolean | string {
  switch (verification.kind) {
    case 'job':
      return engine.verify([verification.job])[0] === 1;
    case 'slow':
      return verification.slow.verify();
    case 'refused':
      return verification.code;
  }
}

function keyOf(jwk: unknown): PublicSignatureKey {
  const read = readJwk(jwk, engine);
  if (read === null) throw new Error('the key was not read');
  return read.key;
}

const PAIRS: Readonly<
  Record<SignatureAlgorithm, { readonly privateKey: KeyObject; readonly publicKey: KeyObject }>
> = {
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ES384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  ES512: generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  EdDSA: generateKeyPairSync('ed25519'),
  RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  PS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
};
const NAMES = Object.keys(PAIRS) as SignatureAlgorithm[];
const HASHES = {
  ES256: 'sha256',
  ES384: 'sha384',
  ES512: 'sha512',
  EdDSA: null,
  RS256: 'sha256',
  PS256: 'sha256',
};

function signed(algorithm: SignatureAlgorithm, input: string): Uint8Array {
  const key = PAIRS[algorithm].privateKey;
  const options =
    algorithm === 'PS256' ? { padding: 6, saltLength: 32 } : { dsaEncoding: 'ieee-p1363' as const };
  return sign(HASHES[algorithm], Buffer.from(input), { key, ...options });
}

describe('compact JWS', () => {
  it.each<[string, string, string]>([
    ['no full stop', 'abc', 'credential.truncated'],
    ['one full stop', `${b64('{"alg":"ES256"}')}.eA`, 'credential.truncated'],
    ['three full stops', `${jws({ alg: 'ES256' })}.`, 'credential.malformed'],
    ['an empty header', '.eA.eA', 'credential.encoding'],
    ['an empty payload', `${b64('{"alg":"ES256"}')}..eA`, 'credential.encoding'],
    ['an empty signature', `${b64('{"alg":"ES256"}')}.eA.`, 'credential.encoding'],
    ['padding', `${b64('{"alg":"ES256"}')}.eA==.eA`, 'credential.encoding'],
    ['bits behind the payload', `${b64('{"alg":"ES256"}')}.eB.eA`, 'credential.encoding'],
    ['a newline at the end', `${jws({ alg: 'ES256' })}\n`, 'credential.encoding'],
    ['a long header', jws({ alg: 'ES256', kid: 'x'.repeat(600) }), 'credential.oversized'],
    ['a header that is no JSON', jws('ES256'), 'credential.malformed'],
    ['a header that is an array', jws([]), 'credential.malformed'],
    ['a header that is null', jws('null'), 'credential.malformed'],
    ['a header of two values', jws('{"alg":"ES256"}{}'), 'credential.trailing'],
    ['a header without an end', jws('{"alg":"ES256"'), 'credential.truncated'],
    ['a name twice', jws('{"alg":"none","alg":"ES256"}'), 'credential.duplicate_key'],
    [
      'a name twice, spelled differently',
      jws('{"alg":"none","\\u0061lg":"ES256"}'),
      'credential.duplicate_key',
    ],
    ['a prototype', jws('{"alg":"ES256","__proto__":{}}'), 'credential.malformed'],
    ['deep nesting', jws(`{"alg":"ES256","x":${'['.repeat(9)}${']'.repeat(9)}}`), 'credential.too_deep'],
    [
      'many members',
      jws(Object.fromEntries([...'abcdefghijklmnopqr'].map((k) => [k, 1]))),
      'credential.too_many_items',
    ],
    ['bad UTF-8', `${b64(Uint8Array.of(0x7b, 0x22, 0xc3, 0x28, 0x22, 0x7d))}.eA.eA`, 'credential.encoding'],
    ['a byte order mark', jws('\ufeff{"alg":"ES256"}'), 'credential.malformed'],
    ['no alg', jws({ kid: 'a' }), 'credential.malformed'],
    ['an alg that is a number', jws({ alg: 256 }), 'credential.malformed'],
    ['alg none', jws({ alg: 'none' }), 'credential.algorithm_unsupported'],
    ['alg None', jws({ alg: 'None' }), 'credential.algorithm_unsupported'],
    ['a MAC', jws({ alg: 'HS256' }), 'credential.algorithm_unsupported'],
    ['a name of every object', jws({ alg: 'constructor' }), 'credential.algorithm_unsupported'],
    ['another curve', jws({ alg: 'ES256K' }), 'credential.algorithm_unsupported'],
    ['crit', jws({ alg: 'ES256', crit: ['exp'], exp: 1 }), 'credential.header_critical'],
    ['an empty crit', jws({ alg: 'ES256', crit: [] }), 'credential.header_critical'],
    ['an unencoded payload', jws({ alg: 'ES256', b64: false }), 'credential.header_critical'],
  ])('refuses %s', (_name, text, code) => {
    expect(readCompactJws(text, RULES)).toEqual({ ok: false, code });
  });

  it('refuses an algorithm that the caller did not name', () => {
    const rules = { ...RULES, algorithms: ['ES256'] as const };
    expect(readCompactJws(jws({ alg: 'ES384' }), rules)).toMatchObject({
      code: 'credential.algorithm_unsupported',
    });
  });

  it('reads and verifies RFC 7515 A.3, and refuses it with any character changed', () => {
    const key = keyOf(A3.jwk);
    const verdict = (text: string) => {
      const read = readCompactJws(text, RULES);
      if (!read.ok) return read.code;
      return holds(verificationOf(read.jws.header.alg, key, read.jws.signingInput, read.jws.signature));
    };
    expect(verdict(A3.text)).toBe(true);
    fc.assert(
      fc.property(fc.nat(A3.text.length - 1), fc.constantFrom(...'AZaz09-_.'), (at, other) => {
        if (A3.text[at] === other) return;
        expect(verdict(A3.text.slice(0, at) + other + A3.text.slice(at + 1))).not.toBe(true);
      }),
    );
  });

  it('never throws for any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void readCompactJws(text, RULES)));
    const unit = fc.constantFrom('.', 'e', 'y', 'J', '9', '{', '"');
    fc.assert(fc.property(fc.string({ unit }), (text) => void readCompactJws(text, RULES)));
  });
});

describe('signatures', () => {
  it.each(NAMES)('verifies %s with its key and refuses another message', (algorithm) => {
    const key = keyOf(PAIRS[algorithm].publicKey.export({ format: 'jwk' }));
    const signature = signed(algorithm, 'a.b');
    expect(holds(verificationOf(algorithm, key, 'a.b', signature))).toBe(true);
    expect(holds(verificationOf(algorithm, key, Buffer.from('a.b'), signature))).toBe(true);
    expect(holds(verificationOf(algorithm, key, 'a.c', signature))).toBe(false);
  });

  it.each(NAMES)('refuses %s with the keys of all other algorithms', (algorithm) => {
    for (const other of NAMES) {
      const key = keyOf(PAIRS[other].publicKey.export({ format: 'jwk' }));
      const shares = PAIRS[algorithm].publicKey.asymmetricKeyType === 'rsa' && key.type === 'rsa';
      const verdict = holds(verificationOf(algorithm, key, 'a.b', signed(other, 'a.b')));
      if (other !== algorithm) expect(verdict).toBe(shares ? false : 'key.algorithm_mismatch');
    }
  });

  it.each(['ES256', 'ES384', 'ES512'] as const)('refuses a DER signature as %s', (algorithm) => {
    const key = keyOf(PAIRS[algorithm].publicKey.export({ format: 'jwk' }));
    const der = sign(HASHES[algorithm], Buffer.from('a.b'), PAIRS[algorithm].privateKey);
    expect(holds(verificationOf(algorithm, key, 'a.b', der))).toBe('signature.encoding');
  });

  it('refuses a key of another kind than it was said to be, and one that cannot be opened', () => {
    const input = 'a.b';
    const opened = (key: KeyObject): PublicSignatureKey => ({ type: 'p384', open: () => key });
    const p521 = sign('sha384', Buffer.from(input), {
      key: PAIRS.ES512.privateKey,
      dsaEncoding: 'ieee-p1363',
    });
    expect(holds(verificationOf('ES384', opened(PAIRS.ES512.publicKey), input, p521.subarray(0, 96)))).toBe(
      false,
    );
    const offCurve = {
      kty: 'EC',
      crv: 'P-384',
      x: b64(new Uint8Array(48)),
      y: b64(new Uint8Array(48).fill(7)),
    };
    expect(holds(verificationOf('ES384', keyOf(offCurve), input, new Uint8Array(96)))).toBe(false);
  });
});

describe('JWK', () => {
  it.each<[string, unknown]>([
    ['null', null],
    ['text', 'EC'],
    ['an array', [A3.jwk]],
    ['no type', { crv: 'P-256', x: A3.jwk.x, y: A3.jwk.y }],
    ['a symmetric key', { kty: 'oct', k: 'AAAA' }],
    ['a private key', { ...A3.jwk, d: A3.jwk.x }],
    ['another use', { ...A3.jwk, use: 'enc' }],
    ['another operation', { ...A3.jwk, key_ops: ['sign'] }],
    ['an alg that is no text', { ...A3.jwk, alg: 1 }],
    ['another curve', { ...A3.jwk, crv: 'secp256k1' }],
    ['a curve of every object', { ...A3.jwk, crv: 'constructor' }],
    ['a curve of another size', { ...A3.jwk, crv: 'P-384' }],
    ['no y', { kty: 'EC', crv: 'P-256', x: A3.jwk.x }],
    ['a point off the curve', { ...A3.jwk, y: A3.jwk.x }],
    [
      'a coordinate with a leading zero byte',
      { ...A3.jwk, x: b64(Buffer.concat([Buffer.alloc(1), Buffer.from(A3.jwk.x, 'base64url')])) },
    ],
    ['a padded coordinate', { ...A3.jwk, x: `${A3.jwk.x}=` }],
    ['a coordinate with bits behind it', { ...A3.jwk, x: `${A3.jwk.x.slice(0, -1)}V` }],
    [
      'a short RSA key',
      generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' }),
    ],
    ['X25519', { kty: 'OKP', crv: 'X25519', x: A3.jwk.x }],
  ])('refuses %s', (_name, value) => {
    expect(readJwk(value, engine)).toBeNull();
  });

  it('ignores members without meaning, and keeps the algorithm', () => {
    expect(readJwk({ ...A3.jwk, kid: '1', use: 'sig', alg: 'ES256', 'x-note': {} }, engine)).toMatchObject({
      key: { type: 'p256' },
      alg: 'ES256',
    });
  });

  // The key of the examples of SMART Health Cards, whose `kid` is its thumbprint.
  it('makes the thumbprint of RFC 7638', () => {
    const jwk = {
      kty: 'EC',
      crv: 'P-256',
      x: '11XvRWy1I2S0EyJlyf_bWfw_TQ5CJJNLw78bHXNxcgw',
      y: 'eZXwxvO1hvCY0KucrPfKo7yAyMT6Ajc3N7OkAB6VYy8',
    };
    const key = keyOf(jwk);
    expect(key.type === 'p256' && p256Thumbprint(key.publicKey)).toBe(
      '3Kfdg-XwP-7gXyywtUfUADwBumDOPKMQx-iELL11W9s',
    );
  });
});
