/** A challenge of the gateway holds by itself what it is good for. Shown in a whole gateway by `test/composed/challenges`. */
import { expect, test } from 'vitest';
import { loadScenes, type Policy } from '../../../../config/scenes.ts';
import { algorithmFor } from '../../../../crypto/uses.ts';
import { Challenges } from '../../../../gateway/tap/2-admit/challenges.ts';
import type { Device, IncomingTap } from '../../../../gateway/verification.ts';
import { PRESENTABLE_FAMILIES } from '../../../../workers/families/table.ts';
import { packInput } from '../../../../workers/packing.ts';
import { TEST_PROFILE } from '../../../crypto-profile.rig.ts';

const scenes = loadScenes(PRESENTABLE_FAMILIES);
const POLICY = scenes.policyOf('11/desk') as Policy;
const HELD: Policy = { ...POLICY, challenge: 'gateway' };
const LIFETIME_MS = 60_000;
const DESK: Device = { deviceId: 'd', class: 'desk', scenes: ['11/desk', '29/entry'], enrolment: 'd 1' };
const challengeOf = (input: unknown) => (input as { nonce: Uint8Array | null }).nonce;
const FAMILIES = [
  { name: 'card-pki', challenge: 'required', challengeOf },
  { name: 'sd-jwt', challenge: 'optional', challengeOf },
  { name: 'chip-oda', challenge: 'optional', challengeBytes: 4, challengeOf },
  { name: 'transit-qr' },
] as const;

function setUp() {
  const time = { nowMs: 1_795_161_600_000 };
  const challenges = new Challenges({
    families: FAMILIES,
    scenes,
    code: algorithmFor('challenge', TEST_PROFILE),
    limits: { challenge_lifetime_ms: LIFETIME_MS, challenges_per_s: 100, challenge_numbers_per_device: 4 },
    wallClockMs: () => time.nowMs,
    monotonic: () => 0,
  });
  const issue = (device = DESK, scene: string | null = null, bytes?: 4) => {
    const issued = challenges.issue(device, { scene, bytes });
    if ('code' in issued) throw new Error(issued.code);
    return new Uint8Array(Buffer.from(issued.challenge, 'base64url'));
  };
  const check = (
    nonce: Uint8Array | null,
    { family = 'card-pki', device = DESK, scene = '11/desk', policy = POLICY } = {},
  ) => {
    const presentation = { family, packedInput: packInput({ nonce }) };
    return challenges.check({ presentation, device } as IncomingTap, scene, policy);
  };
  return { time, challenges, issue, check };
}

test('a challenge is good for who asked, at the scene, until its end', () => {
  const { time, issue, check } = setUp();
  const challenge = issue();
  expect(challenge).toHaveLength(48);
  expect(check(challenge)).toEqual({ untilMs: time.nowMs + LIFETIME_MS, isItsEnd: true });
  time.nowMs += LIFETIME_MS;
  expect(check(challenge)).toMatchObject({ untilMs: time.nowMs });
  time.nowMs += 1;
  expect(check(challenge)).toBe('challenge.expired');
});

test('any bit changed, another enrolment, another scene, another gateway: it is unknown', () => {
  const { issue, check } = setUp();
  const challenge = issue();
  for (let bit = 0; bit < challenge.length * 8; bit += 1) {
    const changed = Uint8Array.from(challenge);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect(check(changed)).toBe('challenge.unknown');
  }
  expect(check(challenge, { device: { ...DESK, enrolment: 'd 2' } })).toBe('challenge.unknown');
  expect(check(challenge, { scene: '29/entry' })).toBe('challenge.unknown');
  expect(check(setUp().issue())).toBe('challenge.unknown');
  expect(check(challenge.subarray(1))).toBe('challenge.unknown');
  expect(check(new Uint8Array())).toBe('challenge.unknown');
  expect(check(null)).toBe('challenge.missing');
});

test('one that a clock issued which was ahead is no good for longer than any', () => {
  const { time, issue, check } = setUp();
  time.nowMs += 3_600_000;
  const challenge = issue();
  time.nowMs -= 3_600_000;
  expect(check(challenge)).toBe('challenge.expired');
});

test('a family that can do without is asked for one where the scene says so, and another never', () => {
  const { check } = setUp();
  const own = Uint8Array.of(1, 2, 3, 4);
  expect(check(own, { family: 'sd-jwt' })).toBe(null);
  expect(check(own, { family: 'sd-jwt', policy: { ...POLICY, challenge: 'any' } })).toBe(null);
  expect(check(own, { family: 'sd-jwt', policy: HELD })).toBe('challenge.unknown');
  expect(check(own, { family: 'card-pki', policy: { ...POLICY, challenge: 'any' } })).toBe(
    'challenge.unknown',
  );
  expect(check(null, { family: 'transit-qr', policy: HELD })).toBe(null);
});

test('a number for chips is no challenge for other families, and the other way round', () => {
  const { issue, check } = setUp();
  const [number, challenge] = [issue(DESK, null, 4), issue()];
  expect(check(number, { family: 'chip-oda', policy: HELD })).toMatchObject({ isItsEnd: false });
  expect(check(number, { family: 'sd-jwt', policy: HELD })).toBe('challenge.unknown');
  expect(check(challenge, { family: 'chip-oda', policy: HELD })).toBe('challenge.unknown');
});

test('no challenge is good for longer than the scene takes what can be shown again', () => {
  const short = { policyOf: () => ({ ...POLICY, replayable_ms_max: 5_000 }) };
  const challenges = new Challenges({
    families: FAMILIES,
    scenes: short,
    code: algorithmFor('challenge', TEST_PROFILE),
    limits: { challenge_lifetime_ms: LIFETIME_MS, challenges_per_s: 100, challenge_numbers_per_device: 4 },
    wallClockMs: () => 1_795_161_600_000,
    monotonic: () => 0,
  });
  expect(challenges.issue(DESK, { scene: null })).toMatchObject({ expiresInMs: 5_000 });
});
