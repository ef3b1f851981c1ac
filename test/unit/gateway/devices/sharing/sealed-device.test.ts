import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { TakenProfiles } from '../../../../../config/crypto-settings.ts';
import { jwkOf } from '../../../../../crypto/signature/jose.ts';
import { makeSigningKey } from '../../../../../crypto/signature/key-files.ts';
import { type ClusterKeys, readClusterKeys } from '../../../../../gateway/cluster/cluster-keys.ts';
import { openDevice, sealDevice } from '../../../../../gateway/devices/sharing/sealed-device.ts';
import { TEST_CRYPTO } from '../../../../crypto-profile.rig.ts';
import { sampleDevice } from './sample-device.rig.ts';

const secrets = Array.from({ length: 3 }, () => randomBytes(32).toString('hex'));

function keysOf(...at: readonly number[]): ClusterKeys {
  return keysIn(TEST_CRYPTO, ...at);
}

function keysIn(crypto: TakenProfiles, ...at: readonly number[]): ClusterKeys {
  const folder = mkdtempSync(join(tmpdir(), 'onecard-seal-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'keys');
  writeFileSync(file, at.map((i) => secrets[i]).join('\n'));
  return readClusterKeys(file, crypto);
}

const cluster = 'city';
const device = sampleDevice();

test('what one gateway seals another opens, as long as they have a key in common', () => {
  const [old, both, fresh] = [keysOf(0), keysOf(0, 1), keysOf(1)];
  const opened = (by: ClusterKeys, with_: ClusterKeys) =>
    openDevice(sealDevice(device, { cluster, keys: by }), 'gate-1', { cluster, keys: with_ });
  expect(opened(old, old)).toEqual({ ok: true, device, isCurrent: true });
  // To be sealed again, so that whoever has the new key alone can open it.
  expect(opened(old, both)).toEqual({ ok: true, device, isCurrent: false });
  expect(opened(both, fresh)).toEqual({ ok: true, device, isCurrent: true });
  expect(opened(both, old)).toEqual({ ok: true, device, isCurrent: true });
  expect(opened(fresh, old)).toEqual({ ok: false, fault: 'unknown_key' });
});

test('nothing is taken that was changed, cut, moved or is of another cluster', () => {
  const keys = keysOf(0, 1);
  const sealed = sealDevice(device, { cluster, keys });
  const open = (value: Uint8Array, deviceId = 'gate-1', of = cluster) => {
    const opened = openDevice(value, deviceId, { cluster: of, keys });
    return opened.ok ? 'taken' : opened.fault;
  };
  expect(open(sealed)).toBe('taken');
  expect(open(sealed, 'gate-2')).toBe('misplaced');
  expect(open(sealed, 'gate-1', 'town')).toBe('forged');
  for (let end = 0; end < sealed.length; end += 7) expect(open(sealed.subarray(0, end))).toBe('torn');
  const text = Buffer.from(sealed).toString();
  const changed = JSON.parse(text) as { device: string; seals: { key: string; mac: string }[] };
  const revision = Buffer.from(JSON.stringify({ ...device, revision: 9 })).toString('base64url');
  expect(open(Buffer.from(JSON.stringify({ ...changed, device: revision })))).toBe('forged');
  const [first, second] = changed.seals;
  // A seal of ours that is wrong beside one that is right.
  const half = [{ ...first, mac: second?.mac }, second];
  expect(open(Buffer.from(JSON.stringify({ ...changed, seals: half })))).toBe('forged');
  expect(open(Buffer.from(JSON.stringify({ ...changed, more: 1 })))).toBe('torn');
  expect(open(Buffer.from(text.replace('"v":1', '"v":1,"v":1')))).toBe('torn');
  expect(open(new Uint8Array(20_000).fill(0x20))).toBe('torn');
  // One flipped bit anywhere is seen.
  for (let i = 0; i < sealed.length; i += 1) {
    const flipped = Uint8Array.from(sealed);
    flipped[i] = (flipped[i] as number) ^ 1;
    expect(['torn', 'forged', 'unknown_key', 'taken'], `byte ${i}`).toContain(open(flipped));
    const opened = openDevice(flipped, 'gate-1', { cluster, keys });
    if (opened.ok) expect(opened.device).toEqual(device);
  }
});

const INTERNATIONAL = { profile: 'international', changing_over: false } as const;
const SM = { profile: 'sm', changing_over: false } as const;

test('a seal names its algorithm where it is HMAC-SM3, and one that names another is forged', () => {
  const seals = (keys: ClusterKeys) =>
    JSON.parse(Buffer.from(sealDevice(device, { cluster, keys })).toString()) as {
      seals: { key: string; alg?: string; mac: string }[];
    };
  const [international, sm] = [keysIn(INTERNATIONAL, 0), keysIn(SM, 0)];
  expect(seals(international).seals).toEqual([{ key: international[0].id, mac: expect.any(String) }]);
  expect(seals(sm).seals).toEqual([{ key: sm[0].id, alg: 'HMAC-SM3', mac: expect.any(String) }]);
  const open = (value: object, keys: ClusterKeys) =>
    openDevice(Buffer.from(JSON.stringify(value)), 'gate-1', { cluster, keys });
  const good = seals(sm);
  const unnamed = { ...good, seals: good.seals.map(({ key, mac }) => ({ key, mac })) };
  expect(open(good, sm)).toMatchObject({ ok: true });
  expect(open(unnamed, sm)).toEqual({ ok: false, fault: 'forged' });
  const old = seals(international);
  const misnamed = { ...old, seals: old.seals.map((seal) => ({ ...seal, alg: 'HMAC-SM3' })) };
  expect(open(misnamed, international)).toEqual({ ok: false, fault: 'forged' });
});

test('one that changes over seals for both profiles, and is read in both', () => {
  const changing = keysIn({ ...INTERNATIONAL, changing_over: true }, 0);
  const opened = (by: ClusterKeys, keys: ClusterKeys) =>
    openDevice(sealDevice(device, { cluster, keys: by }), 'gate-1', { cluster, keys });
  for (const crypto of [INTERNATIONAL, SM]) {
    expect(opened(changing, keysIn(crypto, 0))).toEqual({ ok: true, device, isCurrent: true });
    // To be sealed again, before the change is over.
    expect(opened(keysIn(crypto, 0), changing)).toEqual({ ok: true, device, isCurrent: false });
  }
  expect(opened(keysIn(INTERNATIONAL, 0), keysIn(SM, 0))).toEqual({ ok: false, fault: 'unknown_key' });
});

test('a second key goes along', () => {
  const other = { ...device, otherKeyJwk: jwkOf(makeSigningKey('SM2').publicKey) };
  const keys = keysOf(0);
  const opened = openDevice(sealDevice(other, { cluster, keys }), 'gate-1', { cluster, keys });
  expect(opened).toEqual({ ok: true, device: other, isCurrent: true });
  const offCurve = { ...other, otherKeyJwk: { ...other.otherKeyJwk, x: 'A'.repeat(43) } };
  expect(openDevice(sealDevice(offCurve, { cluster, keys }), 'gate-1', { cluster, keys })).toEqual({
    ok: false,
    fault: 'torn',
  });
});
