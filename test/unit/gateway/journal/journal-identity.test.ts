import { expect, test } from 'vitest';
import { keyFingerprint } from '../../../../gateway/journal/journal-identity.ts';

test('the fingerprint of a key is SHA-256 over its context and the key, cut to 16 hex digits', () => {
  // By coreutils: (printf onecard.journal.key.v1; head -c 32 /dev/zero) | sha256sum
  expect(keyFingerprint(Buffer.alloc(32), 'international')).toBe('8f411b3fe0173656');
  expect(keyFingerprint(Buffer.alloc(32, 1), 'international')).not.toBe(
    keyFingerprint(Buffer.alloc(32), 'international'),
  );
});

test('in the profile sm it is of SM3, and says so', () => {
  // By OpenSSL: (printf onecard.journal.key.v1; head -c 32 /dev/zero) | openssl dgst -sm3
  expect(keyFingerprint(Buffer.alloc(32), 'sm')).toBe('sm3:b4266fbac4cfe922');
});
