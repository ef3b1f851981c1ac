/** By which digests a gateway knows its messages in what the platform says of them. */
import { hash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { CryptoProfile } from '../../../../../config/crypto-settings.ts';
import { busNames } from '../../../../../gateway/cluster/bus/subjects.ts';
import { readConfirmation } from '../../../../../gateway/outbox/bus/confirmation.ts';
import { uploadMessage } from '../../../../../gateway/outbox/bus/upload-message.ts';
import { GatewayAnswers, uploadDigests } from '../../../../../platform/bus/journal-messages.ts';

const names = busNames('harbour');
const body = { checkpoint: 'origin' };
const sent = (profile: CryptoProfile) => {
  const message = uploadMessage(
    { names, gatewayId: 'gw-1', profile },
    { path: '/v1/journal/checkpoints', body, maxBytes: 4_096 },
  );
  if (message === null) throw new Error('it goes by the bus');
  return message;
};

/** What a platform of these profiles says of it. */
function said(profiles: readonly CryptoProfile[]) {
  const { subject, body: data } = sent('sm');
  const answers = new GatewayAnswers('gw-1');
  answers.put('2026-11-30', {
    sequence: 7,
    ...uploadDigests(profiles, subject, data),
    status: 200,
    answer: {},
  });
  return readConfirmation('gw-1', { subject: names.confirm('gw-1'), data: answers.confirmation, seal: null });
}

test('each profile names a message by its digest, SM3 as such', () => {
  const { subject, body: data } = sent('sm');
  const content = Buffer.concat([Buffer.from(`${subject}\n`), data]);
  expect(sent('international').digest).toBe(hash('sha256', content, 'base64url'));
  expect(sent('sm').digest).toBe(`sm3:${hash('sm3', content, 'base64url')}`);
});

test.each<[CryptoProfile[], CryptoProfile[]]>([
  [['international'], ['international']],
  [['sm'], ['sm']],
  [
    ['international', 'sm'],
    ['international', 'sm'],
  ],
])('a platform of %j is understood by gateways of %j', (profiles, understood) => {
  const answers = said(profiles)?.answers;
  const known = (['international', 'sm'] as const).filter((profile) => answers?.has(sent(profile).digest));
  expect(known).toEqual(understood);
  expect(answers?.get(sent(understood[0] ?? 'sm').digest)).toEqual({ sequence: 7, status: 200, answer: {} });
});
