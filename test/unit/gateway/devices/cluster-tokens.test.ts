import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { signDeviceToken } from '../../../../client/device-token.ts';
import type { TakenProfiles } from '../../../../config/crypto-settings.ts';
import { type ClusterKeys, readClusterKeys } from '../../../../gateway/cluster/cluster-keys.ts';
import { createDeviceAuth, type DeviceAuth } from '../../../../gateway/devices/auth.ts';
import { clusterTokens, type NamesTakenOnce } from '../../../../gateway/devices/cluster-tokens.ts';
import {
  CRYPTO,
  GATEWAY_ID,
  type Gateway,
  LIMITS,
  NOW_MS,
  openGateway,
  ownKey,
} from './enrolled-gateway.rig.ts';

const CLUSTER = 'city';
const keys = ownKey();
let nextToken = 0;

/** What all gateways have in common, here. */
class Common implements NamesTakenOnce {
  readonly taken = new Set<string>();
  isThere = true;
  sinceMs = NOW_MS - 3_600_000;

  async take(names: readonly string[]) {
    if (!this.isThere) return null;
    const seen = names.some((name) => this.taken.has(name));
    for (const name of names) this.taken.add(name);
    return { taken: seen ? ('seen' as const) : ('first' as const), sinceMs: this.sinceMs };
  }
}

const secrets = ['0', '1'].map((digit) => digit.repeat(64));
let common: Common;
beforeEach(() => {
  common = new Common();
});

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'onecard-tokens-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

function keysOf(...lines: readonly (string | undefined)[]): ClusterKeys {
  return keysIn(CRYPTO, ...lines);
}

function keysIn(crypto: TakenProfiles, ...lines: readonly (string | undefined)[]): ClusterKeys {
  const file = join(folder(), 'keys');
  writeFileSync(file, lines.join('\n'));
  return readClusterKeys(file, crypto);
}

async function member(
  gatewayId: string,
  of = keysOf(secrets[0]),
): Promise<{ auth: DeviceAuth; store: Gateway['store'] }> {
  const { store, enrol } = openGateway(folder());
  await enrol('gate-1', keys);
  const tokens = clusterTokens({
    ...{ cluster: CLUSTER, keys: of, names: common, toleranceMs: LIMITS.clock_tolerance_ms },
  });
  const auth = createDeviceAuth({
    ...{ registry: store.registry, usedTokens: store.usedTokens, gatewayId, clusterTokens: tokens },
    ...{ limits: LIMITS, crypto: CRYPTO, now: () => NOW_MS, monotonic: () => NOW_MS },
  });
  return { auth, store };
}

function token(gatewayId: string, nowMs = NOW_MS): string {
  return signDeviceToken(keys, { deviceId: 'gate-1', gatewayId, nowMs, tokenId: String(nextToken++) });
}

const codeOf = async (auth: DeviceAuth, text: string) => {
  const result = await auth.authenticateToken(text);
  return result.ok ? 'ok' : result.code;
};

test('a token for the cluster is good at any gateway, once in all', async () => {
  const [one, two] = await Promise.all([member('gw-1'), member('gw-2')]);
  const shared = token(CLUSTER);
  expect(await codeOf(two.auth, shared)).toBe('ok');
  expect(await codeOf(one.auth, shared)).toBe('auth.token_reused');
  expect(await codeOf(two.auth, shared)).toBe('auth.token_reused');
  expect(await codeOf(two.auth, token('gw-1'))).toBe('auth.invalid');
  expect(await codeOf(one.auth, token('other-city'))).toBe('auth.invalid');
});

test('at both at once it is good at one', async () => {
  const [one, two] = await Promise.all([member('gw-1'), member('gw-2')]);
  for (let i = 0; i < 10; i += 1) {
    const shared = token(CLUSTER);
    const codes = await Promise.all([codeOf(one.auth, shared), codeOf(two.auth, shared)]);
    expect(codes.sort()).toEqual(['auth.token_reused', 'ok']);
  }
});

test('while the key changes, gateways with one key in common let it in once', async () => {
  const members = await Promise.all([
    member('gw-1', keysOf(secrets[0])),
    member('gw-2', keysOf(secrets[0], secrets[1])),
    member('gw-3', keysOf(secrets[1], secrets[0])),
  ]);
  for (const first of members) {
    const shared = token(CLUSTER);
    expect(await codeOf(first.auth, shared)).toBe('ok');
    for (const other of members) expect(await codeOf(other.auth, shared)).toBe('auth.token_reused');
  }
});

test('without an answer it is refused with a code of its own, and one for this gateway is taken', async () => {
  const { auth } = await member('gw-1');
  common.isThere = false;
  expect(await codeOf(auth, token(CLUSTER))).toBe('auth.cluster_unreachable');
  expect(await codeOf(auth, token('gw-1'))).toBe('ok');
});

test('one that may have been used before what all remember began is not taken', async () => {
  const { auth } = await member('gw-1');
  common.sinceMs = NOW_MS - 2 * LIMITS.clock_tolerance_ms;
  expect(await codeOf(auth, token(CLUSTER))).toBe('auth.cluster_unreachable');
  common.sinceMs = NOW_MS - 2 * LIMITS.clock_tolerance_ms - 1_000;
  expect(await codeOf(auth, token(CLUSTER))).toBe('ok');
});

test('a gateway that is in no cluster takes no token for one', async () => {
  const { auth, enrol } = openGateway(folder());
  await enrol('gate-1', keys);
  expect(await codeOf(auth, token(CLUSTER))).toBe('auth.invalid');
  expect(await codeOf(auth, token(GATEWAY_ID))).toBe('ok');
});

test('what is sent to the common store says nothing of device or token', async () => {
  const { auth } = await member('gw-1');
  await codeOf(auth, token(CLUSTER));
  for (const name of common.taken) expect(name).toMatch(/^[0-9a-f]{32}(\.sm3)?$/);
});

test('while the algorithms change, a token used at a gateway of one profile is used at those of the other', async () => {
  const changing = (profile: TakenProfiles['profile']) =>
    keysIn({ profile, changing_over: true }, secrets[0]);
  const [before, under, after] = await Promise.all([
    member('gw-1', keysIn({ profile: 'international', changing_over: false }, secrets[0])),
    member('gw-2', changing('international')),
    member('gw-3', changing('sm')),
  ]);
  const last = await member('gw-4', keysIn({ profile: 'sm', changing_over: false }, secrets[0]));
  const pairs = [
    [before, under],
    [before, after],
    [under, after],
    [after, under],
    [under, last],
    [after, last],
  ] as const;
  for (const [first, second] of pairs) {
    const shared = token(CLUSTER);
    expect(await codeOf(first.auth, shared)).toBe('ok');
    expect(await codeOf(second.auth, shared)).toBe('auth.token_reused');
  }
});
