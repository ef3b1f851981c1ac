/** The desk's key and certificate for wallets: made once, kept, or the operator's. */
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { HotelSettings } from '../../../../config/settings.ts';
import { openIdentity } from '../../../../hotel/phone/identity.ts';

const NOW_MS = Date.UTC(2026, 10, 30);
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onecard-phone-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const hotel = (phone: object = {}) =>
  ({ hotel_id: 'harbour', title: 'Hôtel 海港', phone }) as unknown as HotelSettings;
const kept = () => join(folder, 'phone', 'verifier.pem');

test('it is made at the first start, for the owner alone, and is the same at the next', async () => {
  const first = await openIdentity(hotel(), folder, NOW_MS);
  expect(statSync(kept()).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, 'phone')).mode & 0o777).toBe(0o700);
  expect((await openIdentity(hotel(), folder, NOW_MS)).clientId).toBe(first.clientId);
});

test('its certificate is below an authority whose key is gone, and says what it is for', async () => {
  const { x5c } = await openIdentity(hotel(), folder, NOW_MS);
  expect(x5c).toHaveLength(1);
  const leaf = new X509Certificate(Buffer.from(String(x5c[0]), 'base64'));
  const pems =
    readFileSync(kept(), 'utf8').match(/-----BEGIN CERTIFICATE[\s\S]*?END CERTIFICATE-----/g) ?? [];
  const authority = new X509Certificate(String(pems[1]));
  expect(leaf.checkIssued(authority)).toBe(true);
  expect(leaf.verify(authority.publicKey)).toBe(true);
  expect([leaf.ca, authority.ca]).toEqual([false, true]);
  expect(leaf.subject).toContain('Hôtel 海港');
  expect(leaf.keyUsage).toEqual(['1.0.18013.5.1.6']);
});

describe("the operator's own", () => {
  const settings = () => {
    const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    return { certFile, keyFile, hotel: hotel({ cert_file: certFile, key_file: keyFile }) };
  };

  test('is used in place of one that the desk makes', async () => {
    const made = await openIdentity(hotel(), folder, NOW_MS);
    const pem = readFileSync(kept(), 'utf8');
    const own = settings();
    writeFileSync(own.certFile, pem);
    writeFileSync(own.keyFile, pem);
    expect((await openIdentity(own.hotel, join(folder, 'other'), NOW_MS)).clientId).toBe(made.clientId);
  });

  test.each<[string, (pem: string) => [cert: string | null, key: string], RegExp, number]>([
    ['that is not there', (pem) => [null, pem], /cannot be read/, NOW_MS],
    ['that is no certificate', (pem) => ['text', pem], /is missing/, NOW_MS],
    ['with a key that is none', (pem) => [pem, 'text'], /cannot be read/, NOW_MS],
    ['of another key', (pem) => [pem, ecKey('P-256')], /is of another key/, NOW_MS],
    ['of another curve', (pem) => [pem, ecKey('P-384')], /not of P-256/, NOW_MS],
    ['that has ended', (pem) => [pem, pem], /has ended/, Date.UTC(2040, 0, 1)],
  ])('is refused: one %s', async (_name, files, why, atMs) => {
    await openIdentity(hotel(), folder, NOW_MS);
    const [cert, key] = files(readFileSync(kept(), 'utf8'));
    const own = settings();
    if (cert !== null) writeFileSync(own.certFile, cert);
    writeFileSync(own.keyFile, key);
    await expect(openIdentity(own.hotel, folder, atMs)).rejects.toMatchObject({
      code: 'unusable',
      message: expect.stringMatching(why),
    });
  });
});

function ecKey(namedCurve: string): string {
  return String(
    generateKeyPairSync('ec', { namedCurve }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
  );
}
