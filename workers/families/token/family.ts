/**
 * Online codes: 电子社保卡, 医保电子凭证, 渝快码. Opaque, drawn by a central platform and good for a minute or so. Nothing in one can be
 * proven: whoever drew it is asked what it means (`Family.resolved`). Here only its shape is looked at.
 */
import { Type } from 'typebox';
import { personalText } from '../../claims.ts';
import { CheckList } from '../check-list.ts';
import type { Family, PendingProof } from '../family.ts';
import { textSchema } from '../text-form.ts';

const FAMILY_NAME = 'token';
const CHARACTERS_MIN = 8;
const CHARACTERS_MAX = 128;
/** Above that, so that a text which is too long is judged and gets its own code. */
const PRESENTED_BYTES_MAX = 1_024;
/** ASCII without spaces. */
const SHAPE = /^[!-~]+$/;
/** What a scanner may take for one: 渝快码 by its beginning, others by length and alphabet, which no other code has. */
const SCANNED = /^(?:YKU[!-~]{5,61}|[0-9A-Za-z+/=_-]{20,64})$/;
/** 9999-12-31: when it ends, its resolver says. */
const NO_END_MS = 253_402_300_799_999;

export const token: Family<string, null> = {
  name: FAMILY_NAME,
  presentable: true,
  cardMode: 'electronic',
  claims: ['idType', 'group_*'],
  discloses: [],
  about: 'Online code, opaque and good once: the platform that drew it is asked what it means.',
  example: { credential: { text: 'YKU0000000c7m2k1q2Xb5m8sT0v3w6yA9d' }, context: {} },
  anchorSchemas: [],
  anchorKeys: () => [],
  credentialSchema: () =>
    Type.Object(
      { text: textSchema(PRESENTED_BYTES_MAX, 'The code as it was read') },
      { additionalProperties: false },
    ),
  contextSchema: () => Type.Object({}, { additionalProperties: false }),
  read: (credential) => (credential as { readonly text: string }).text,
  fromScan: ({ text }) => (text !== null && SCANNED.test(text) ? { text } : null),
  resolved: true,
  bearer: true,
  costKey: () => FAMILY_NAME,
  *loadTrust() {
    yield;
    return null;
  },
  begin: (text) => beginToken(text),
};

function beginToken(text: string): PendingProof {
  const list = new CheckList();
  const isLong = text.length > CHARACTERS_MAX;
  if (!list.require('code.length', 'credential.oversized', !isLong)) return list.denied();
  if (!list.require('code.length_min', 'credential.truncated', text.length >= CHARACTERS_MIN))
    return list.denied();
  if (!list.require('code.shape', 'credential.malformed', SHAPE.test(text))) return list.denied();
  return list.pending(
    {
      credentialId: personalText(text),
      subject: personalText(text),
      issuer: '',
      region: '',
      mode: 'shape',
      nonce: '',
      holderBound: true,
      replayableUntilMs: null,
      validUntilMs: NO_END_MS,
      claims: {},
    },
    null,
  );
}
