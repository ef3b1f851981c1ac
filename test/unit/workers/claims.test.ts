/** The compiler keeps personal text away from what is kept, uploaded, logged and shown. */
import { expectTypeOf, test } from 'vitest';
import type { VerdictFacts } from '../../../gateway/verification.ts';
import type { DisclosedClaims, PersonalText, PublicClaims } from '../../../workers/claims.ts';
import type { CredentialFacts, NamedFacts } from '../../../workers/contract.ts';

test('personal text is no public claim, no field of a record, and no text', () => {
  expectTypeOf<PersonalText>().not.toExtend<string>();
  expectTypeOf<{ name: PersonalText }>().not.toExtend<PublicClaims>();
  expectTypeOf<DisclosedClaims>().not.toExtend<PublicClaims>();
  expectTypeOf<PersonalText>().not.toExtend<VerdictFacts[keyof VerdictFacts]>();
  // And what is public is never taken for what was disclosed.
  expectTypeOf<PublicClaims>().not.toExtend<DisclosedClaims>();
});

test('what names a card or its holder is personal, and the holder does not leave the thread', () => {
  expectTypeOf<CredentialFacts['credentialId']>().toEqualTypeOf<PersonalText>();
  expectTypeOf<NamedFacts>().not.toHaveProperty('subject');
  expectTypeOf<NamedFacts['claims']>().toEqualTypeOf<PublicClaims>();
});
