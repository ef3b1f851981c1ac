/** Settings of phone documents: a certificate and its key are set both, or none. */
import { expect, test } from 'vitest';
import { type PhoneSettings, phoneRelations } from '../../../../config/phone-settings.ts';

test.each([
  [{}, true],
  [{ cert_file: 'a', key_file: 'b' }, true],
  [{ cert_file: 'a' }, false],
  [{ key_file: 'b' }, false],
])('%j', (files, holds) => {
  const settings: PhoneSettings = { scheme: 'openid4vp', doc_types: [], credential_types: [], ...files };
  expect(phoneRelations(settings).every(([each]) => each)).toBe(holds);
});
