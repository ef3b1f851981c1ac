/** Mobile documents of a city's cards: a driving licence or person identification data, as their wallets show them. */
import { Encoded, embedded, Tagged } from '../cbor.ts';
import type { City } from '../city.ts';
import { p256Key } from '../p256.ts';
import { seeded, seededInteger } from '../seed.ts';
import {
  deviceResponse,
  type Element,
  type IssueOptions,
  issueMobileDocument,
  type MobileDocument,
  type ShowOptions,
  showDocument,
} from './mdoc.ts';
import { openSession, privateJwk, type SessionKind } from './mdoc-transcript.ts';
import { contributed, type Showing, type ShownFamily } from './showing.ts';

const LICENCE = 'org.iso.18013.5.1.mDL';
const LICENCE_SPACE = 'org.iso.18013.5.1';
const IDENTITY = 'eu.europa.ec.eudi.pid.1';
const DAY_MS = 86_400_000;
/** Signed so long after the signer's certificate begins, and good for so long. */
const SIGNED_AFTER_DAYS = 10;
const DOCUMENT_DAYS = 440;
const PORTRAIT_BYTES = 1_024;
/** Begins as a JPEG does. */
const JPEG = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0x00, 0x10, 0x4a, 0x46, 0x49, 0x46, 0x00, 0x01);

const FAMILY_NAMES = ['Wang', 'Li', 'Zhang', 'Chen', 'Müller', 'Smith', 'García', 'Rossi'] as const;
const GIVEN_NAMES = ['Wei', 'Fang', 'Min', 'Jing', 'Anna', 'John', 'Lucía', 'Marco'] as const;

/** What a gate asks for. */
const DISCLOSED = [
  'family_name',
  'given_name',
  'birth_date',
  'expiry_date',
  'issuing_country',
  'issuing_authority',
  'document_number',
  'portrait',
  'age_over_18',
];

export const mobileDocument: ShownFamily = {
  faults: [
    'wrong-signer',
    'swapped-digest',
    'injected-element',
    'expired-mso',
    'wrong-doctype',
    'wrong-session',
    'bad-signature',
    'bad-mac',
  ],
  show(showing) {
    const { city, index, chip, fault, challenge } = showing;
    // A challenge of the gateway is a nonce, which wallets nearby are not sent.
    const isNearby = challenge === undefined;
    const isMac = fault === 'bad-mac' || (fault === null && isNearby && index % 32 === 7);
    const kind = isMac ? 'proximity-qr' : kindOf(index, isNearby);
    const session = openSession(kind, showing);
    const signed = fault === 'wrong-session' ? openSession(kind, anotherOf(showing)) : session;
    const shown = showDocument({
      document: cityDocument(city, index, chip, issueFault(showing)),
      transcript: signed.transcript,
      disclose: DISCLOSED,
      ...(isMac && { readerKey: session.readerKey.publicKey }),
      ...showFault(showing),
    });
    return {
      credential: { base64: Buffer.from(deviceResponse([shown])).toString('base64') },
      context: { ...session.context, ...(isMac && { readerPrivateJwk: privateJwk(session.readerKey) }) },
    };
  },
};

/** The session of another reader, or of another moment. */
function anotherOf({ challenge: _, ...showing }: Showing): Showing {
  return { ...showing, nonce: `another ${showing.nonce}` };
}

function kindOf(index: number, isNearby: boolean): SessionKind {
  const kinds = ['openid4vp-1.0-dc-api', 'openid4vp-1.0', 'proximity-qr'] as const;
  return kinds[index % (isNearby ? kinds.length : 2)] ?? 'openid4vp-1.0';
}

/** What is wrong with the document itself. */
function issueFault({ city, atMs, fault }: Showing): Partial<IssueOptions> {
  if (fault === 'wrong-signer') return { authority: city.mdoc.stranger };
  if (fault === 'expired-mso') return { validUntilMs: atMs - DAY_MS };
  return {};
}

/** What is wrong with the way it is shown. */
function showFault(showing: Showing): Partial<ShowOptions> {
  switch (showing.fault) {
    case 'swapped-digest':
      return { editItems: (items) => items.map((item, i) => (i === 0 ? withLastByteChanged(item) : item)) };
    case 'injected-element':
      return { editItems: (items) => [...items, injectedElement(showing)] };
    case 'wrong-doctype':
      return { editDocument: (document) => ({ ...document, docType: 'org.city.library.1' }) };
    case 'bad-signature':
    case 'bad-mac':
      return { deviceKey: p256Key(contributed(showing, 'mdoc stranger', 40)) };
    default:
      return {};
  }
}

/** The element's value ends with its item. */
function withLastByteChanged({ bytes }: Encoded): Encoded {
  const changed = Uint8Array.from(bytes);
  const last = changed.length - 1;
  changed[last] = (changed[last] ?? 0) ^ 0x01;
  return new Encoded(changed);
}

/** Its number is none that the issuer gave. */
function injectedElement(showing: Showing): Encoded {
  return embedded({
    digestID: 1_000,
    random: contributed(showing, 'mdoc injected', 32),
    elementIdentifier: 'age_over_21',
    elementValue: true,
  });
}

/** Documents of cities: signing takes longer than all else. The oldest give way. */
const KEPT_MAX = 4_096;
const kept = new WeakMap<City, Map<string, MobileDocument>>();

/** The document of a card with the credential it has after so many replacements. */
function cityDocument(city: City, index: number, chip: number, fault: Partial<IssueOptions>): MobileDocument {
  if (Object.keys(fault).length > 0) return issued(city, index, chip, fault);
  const documents = kept.get(city) ?? new Map<string, MobileDocument>();
  kept.set(city, documents);
  const name = `${index}/${chip}`;
  const known = documents.get(name);
  if (known !== undefined) return known;
  const [oldest] = documents.keys();
  if (oldest !== undefined && documents.size >= KEPT_MAX) documents.delete(oldest);
  const made = issued(city, index, chip, {});
  documents.set(name, made);
  return made;
}

function issued(city: City, index: number, chip: number, fault: Partial<IssueOptions>): MobileDocument {
  // Throws where the city has no such card.
  const { identity } = city.card(index, chip);
  const docType = index % 2 === 0 ? LICENCE : IDENTITY;
  const signedMs = city.mdoc.signerValidFromMs + SIGNED_AFTER_DAYS * DAY_MS;
  return issueMobileDocument({
    authority: city.mdoc,
    docType,
    elements: elementsOf(city, index, docType, identity.pan),
    deviceKey: p256Key(seeded(city.seed, `mdoc device ${chip}`, index, 40)),
    seed: `${city.seed} ${chip}`,
    index,
    signedMs,
    validFromMs: signedMs,
    validUntilMs: signedMs + DOCUMENT_DAYS * DAY_MS,
    ...fault,
  });
}

function elementsOf({ seed, region }: City, index: number, docType: string, number: string): Element[] {
  const nameSpace = docType === LICENCE ? LICENCE_SPACE : IDENTITY;
  const draw = (label: string, below: number) => seededInteger(seed, `mdoc ${label}`, index, below);
  const fullDate = (text: string) => new Tagged(1004, text);
  const day = `${1950 + draw('birth year', 50)}-0${1 + draw('birth month', 9)}-1${draw('birth day', 10)}`;
  const portrait = Uint8Array.from(seeded(seed, 'mdoc portrait', index, PORTRAIT_BYTES));
  portrait.set(JPEG);
  const values: Record<string, unknown> = {
    family_name: FAMILY_NAMES[draw('family name', FAMILY_NAMES.length)],
    given_name: GIVEN_NAMES[draw('given name', GIVEN_NAMES.length)],
    birth_date: fullDate(day),
    issue_date: fullDate('2020-01-01'),
    expiry_date: fullDate('2049-12-31'),
    issuing_country: 'CN',
    issuing_authority: `Test City ${region}`,
    document_number: `M${number}`,
    portrait,
    sex: 1 + draw('sex', 2),
    nationality: 'CN',
    resident_address: `${1 + draw('house', 200)} Test Road`,
    birth_place: 'Test City',
    age_over_18: true,
    age_over_21: true,
    age_over_65: false,
    ...(docType === LICENCE && {
      un_distinguishing_sign: 'CHN',
      driving_privileges: [
        {
          vehicle_category_code: 'B',
          issue_date: fullDate('2020-01-01'),
          expiry_date: fullDate('2049-12-31'),
        },
      ],
    }),
  };
  return Object.entries(values).map(([identifier, value]) => ({ nameSpace, identifier, value }));
}
