/** What a phone is asked for: held against the library of DCQL, which also says what a wallet would answer. */
import { DcqlQuery } from 'dcql';
import { describe, expect, test } from 'vitest';
import { queryOf } from '../../../../hotel/phone/query.ts';

const SCENE = {
  families: ['mdoc', 'sd-jwt', 'card-pki'],
  disclose: [
    'full_name',
    'family_name',
    'given_name',
    'birth_date',
    'sex',
    'document_number',
    'nationality',
    'portrait',
  ],
  docTypes: ['org.iso.18013.5.1.mDL', 'org.iso.23220.photoid.1'],
  credentialTypes: ['urn:city:person:1'],
};

function parsed(over: Partial<typeof SCENE> = {}) {
  const query = queryOf({ ...SCENE, ...over });
  if (query === null) throw new Error('nothing is asked for');
  const dcql = DcqlQuery.parse(query.dcql as never);
  DcqlQuery.validate(dcql);
  return { ...query, dcql };
}

const claims = { family_name: 'Zhang', given_name: 'Wei', birthdate: '1990-04-05' };
const token = (more: object = {}) => ({
  credential_format: 'dc+sd-jwt' as const,
  vct: 'urn:city:person:1',
  cryptographic_holder_binding: true,
  claims: { ...claims, ...more },
});
const licence = (more: object = {}) => ({
  credential_format: 'mso_mdoc' as const,
  doctype: 'org.iso.18013.5.1.mDL',
  cryptographic_holder_binding: true,
  namespaces: {
    'org.iso.18013.5.1': { family_name: 'Zhang', given_name: 'Wei', birth_date: '1990-04-05', ...more },
  },
});

describe('what wallets would make of the query', () => {
  test.each([
    ['a licence alone', [licence()], true],
    ['an identity as SD-JWT alone', [token()], true],
    ['both', [token(), licence()], true],
    ['an SD-JWT of another type', [{ ...token(), vct: 'urn:library' }], false],
    ['a licence without a name', [licence({ family_name: undefined })], false],
    ['nothing', [], false],
  ])('%s', (_name, credentials, can) => {
    expect(DcqlQuery.query(parsed().dcql, credentials as never).can_be_satisfied).toBe(can);
  });

  test('one document is enough: what is asked for is one of the list', () => {
    const { dcql, asked } = parsed();
    expect(dcql.credential_sets?.[0]?.options).toEqual([['mdoc_1'], ['mdoc_2'], ['sd_jwt']]);
    expect([...asked.keys()]).toEqual(['mdoc_1', 'mdoc_2', 'sd_jwt']);
  });
});

test('it asks for what the scene discloses and nothing more', () => {
  const { dcql } = parsed({ disclose: ['family_name', 'birth_date'] });
  for (const { claims: asked } of dcql.credentials) expect(asked).toHaveLength(2);
  const paths = dcql.credentials.map(({ claims: asked }) =>
    asked?.map((claim) => 'path' in claim && claim.path.at(-1)),
  );
  expect(paths).toEqual([
    ['family_name', 'birth_date'],
    ['family_name_unicode', 'birth_date'],
    ['family_name', 'birthdate'],
  ]);
});

test('a portrait is looked at, not kept, and may be missing', () => {
  const [first] = parsed().dcql.credentials;
  const retained = first?.claims?.map((claim) => [
    claim.id,
    'intent_to_retain' in claim && claim.intent_to_retain,
  ]);
  expect(Object.fromEntries(retained ?? [])).toMatchObject({ portrait: false, family_name: true });
  expect(first?.claim_sets?.map((set) => set.includes('portrait'))).toEqual([true, false, false, false]);
});

test('a scene that takes no documents of phones, or discloses nothing, asks for none', () => {
  expect(queryOf({ ...SCENE, families: ['chip-oda', 'card-pki'] })).toBeNull();
  expect(queryOf({ ...SCENE, disclose: [] })).toBeNull();
  expect(queryOf({ ...SCENE, docTypes: [], credentialTypes: [] })).toBeNull();
});
