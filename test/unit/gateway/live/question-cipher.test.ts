/** Questions encrypted under both profiles: the platform's own code opens them, and nothing that was changed. */
import { compactDecrypt } from 'jose';
import { expect, test } from 'vitest';
import { statusKeysOf } from '../../../../gateway/knowledge/trust/status-keys.ts';
import { QuestionCipher } from '../../../../gateway/live/question-cipher.ts';
import { trustOf } from '../../../../platform/authority/profiles.ts';
import { makeStatusAuthority, publicPart } from '../../../../platform/authority/status.ts';
import { openQuestion, questionKeys } from '../../../../platform/http/status-questions.ts';

const authority = makeStatusAuthority('questions');
const both = ['international', 'sm'] as const;
const trust = trustOf(both, authority, {
  anchors: [],
  statusEncryptionKeys: [publicPart(authority.encryption)],
});
const asked = { queries: [['issuer', 'card']] };
const body = (encrypted: string) => ({ v: 2, nonce: 'A'.repeat(22), encrypted });
const open = (encrypted: string, profiles: readonly ('international' | 'sm')[] = both) =>
  openQuestion(body(encrypted), questionKeys(profiles, authority));
const headerOf = (jwe: string) => JSON.parse(Buffer.from(jwe.split('.')[0] ?? '', 'base64url').toString());

const encryptFor = (profile: 'international' | 'sm') => {
  const { encryption } = statusKeysOf(trust, { profile, changing_over: false });
  if (encryption === null) throw new Error('trust names no key to encrypt to');
  const cipher = new QuestionCipher(() => 0);
  return () => cipher.encrypt(JSON.stringify(asked), encryption);
};

test.each(both)(
  'in profile %s only the platform opens a question, and it names its algorithms',
  (profile) => {
    const encrypt = encryptFor(profile);
    const [first, second] = [encrypt(), encrypt()];
    expect(open(first)).toEqual(asked);
    expect(open(second)).toEqual(asked);
    expect(headerOf(first)).toMatchObject(
      profile === 'sm'
        ? { alg: 'SGD_SM2_3', enc: 'SM4-CTR-HMAC-SM3', kid: 'status-sm2-enc-0' }
        : { alg: 'ECDH-ES', enc: 'A256GCM', kid: 'status-enc-0' },
    );
    // One key for a minute, and never a nonce twice.
    const parts = [first, second].map((jwe) => jwe.split('.'));
    expect(parts[0]?.[1]).toBe(parts[1]?.[1]);
    expect(parts[0]?.[2]).not.toBe(parts[1]?.[2]);
    expect(() => open(first, [profile === 'sm' ? 'international' : 'sm'])).toThrow();
  },
);

test('a library that knows nothing of ours opens those of profile international', async () => {
  const { plaintext } = await compactDecrypt(encryptFor('international')(), authority.encryption.privateKey);
  expect(JSON.parse(Buffer.from(plaintext).toString())).toEqual(asked);
});

test.each(both)('in profile %s nothing that was changed is opened', (profile) => {
  const jwe = encryptFor(profile)();
  const parts = jwe.split('.');
  for (const [i, part] of parts.entries()) {
    if (part === '') continue;
    const bytes = Buffer.from(part, 'base64url');
    for (const changed of [
      bytes.map((byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte)),
      bytes.subarray(1),
    ]) {
      const text = parts.map((each, j) => (i === j ? Buffer.from(changed).toString('base64url') : each));
      expect(() => open(text.join('.')), `part ${i}`).toThrow();
    }
  }
  expect(() => open(`${jwe}.AA`)).toThrow();
  expect(() => open(parts.slice(0, 4).join('.'))).toThrow();
});

test('where trust names keys of both curves, the profile’s own is encrypted to; the other only while changing over', () => {
  const alone = { ...trust, statusEncryptionKeys: [publicPart(authority.encryption)] };
  expect(statusKeysOf(trust, { profile: 'sm', changing_over: true }).encryption?.kid).toBe(
    'status-sm2-enc-0',
  );
  expect(statusKeysOf(alone, { profile: 'sm', changing_over: false }).encryption).toBeNull();
  expect(statusKeysOf(alone, { profile: 'sm', changing_over: true }).encryption?.kid).toBe('status-enc-0');
});
