import { describe, expect, test } from 'vitest';
import type { EnrolledDevice } from '../../../../../gateway/devices/enrolled-device.ts';
import { whoseIsNewer } from '../../../../../gateway/devices/sharing/whose-is-newer.ts';
import { sampleDevice } from './sample-device.rig.ts';

const at = (revision: number, more: Partial<EnrolledDevice> = {}) => sampleDevice({ revision, ...more });
const revoked = (revision: number) => at(revision, { revokedAtMs: 5 });
const other = (revision: number) => at(revision, { enrolledAtMs: 99 });

describe('of two gateways’ knowledge of one device', () => {
  test.each([
    ['nothing here', null, at(1), { kind: 'there', isLoss: false }],
    ['the same', at(3), at(3), { kind: 'same' }],
    ['the higher revision there', at(1), other(2), { kind: 'there', isLoss: true }],
    ['a revocation there', at(1), revoked(2), { kind: 'there', isLoss: false }],
    ['the higher revision here', other(3), at(2), { kind: 'here', device: other(3) }],
    ['a revocation here, enrolled anew there since', revoked(2), other(3), { kind: 'there', isLoss: true }],
    ['a revocation there of the same revision', other(2), revoked(2), { kind: 'there', isLoss: true }],
    ['a revocation here of the same revision', revoked(2), other(2), { kind: 'here', device: revoked(3) }],
    ['a revocation there of a lower revision', other(3), revoked(2), { kind: 'here', device: other(3) }],
    ['two enrolments at once: the one that is there', at(1), other(1), { kind: 'there', isLoss: true }],
    ['two revocations at once', revoked(2), at(2, { revokedAtMs: 6 }), { kind: 'there', isLoss: false }],
  ] as const)('%s', (_, here, there, newer) => {
    expect(whoseIsNewer({ here, there, seen: 0 })).toEqual(newer);
  });

  test('what is below what was seen there was put back by somebody', () => {
    expect(whoseIsNewer({ here: revoked(2), there: at(1), seen: 2 })).toEqual({ kind: 'rolled_back' });
    expect(whoseIsNewer({ here: null, there: at(1), seen: 2 })).toEqual({ kind: 'rolled_back' });
    expect(whoseIsNewer({ here: at(3), there: revoked(2), seen: 2 })).toEqual({
      kind: 'here',
      device: at(3),
    });
  });
});
