/** A SMART Health Card of a card's holder: the text of its QR code. */
import { createHmac } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import type { HealthCardIssuer } from '../authority/health.ts';
import type { CardPerson } from '../cards/person.ts';
import { p256Key, p256Sign } from '../p256.ts';

export const SHC_FAULTS = [
  'wrong-signer',
  'unknown-signer',
  'wrong-issuer',
  'bad-signature',
  'algorithm-none',
  'mac',
  'expired',
  'not-yet-valid',
  'not-deflated',
  'compression-bomb',
  'duplicate-key',
  'chunked',
  'odd-digits',
] as const;
export type ShcFault = (typeof SHC_FAULTS)[number];

export interface HealthCardOptions {
  readonly issuer: HealthCardIssuer;
  readonly person: CardPerson;
  readonly index: number;
  /** How often the card was replaced. */
  readonly generation?: number;
  /** From when it is good, some four years. */
  readonly validFromMs: number;
  /** When it is shown, which faults of time count from. */
  readonly atMs: number;
  readonly fault?: ShcFault | null;
}

const DAY_S = 86_400;
const GOOD_DAYS = 1_460;
const BOMB_BYTES = 1_000_000;

export function healthCardText(options: HealthCardOptions): string {
  const { issuer, fault = null } = options;
  const alg = fault === 'algorithm-none' ? 'none' : fault === 'mac' ? 'HS256' : 'ES256';
  const stranger = p256Key(new Uint8Array(40).fill(0x5a));
  const kid =
    fault === 'unknown-signer' ? `A${issuer.keyId.slice(1).split('').reverse().join('')}` : issuer.keyId;
  const input = `${base64url(JSON.stringify({ zip: 'DEF', alg, kid }))}.${base64url(payloadOf(options))}`;
  const signature = signatureOf(
    input,
    fault === 'wrong-signer' ? { ...issuer, key: stranger } : issuer,
    fault,
  );
  return numericText(`${input}.${base64url(signature)}`, fault);
}

function signatureOf(input: string, { key }: HealthCardIssuer, fault: ShcFault | null): Uint8Array {
  if (fault === 'algorithm-none') return Uint8Array.of(0);
  if (fault === 'mac') return createHmac('sha256', key.publicKey).update(input).digest();
  const signature = p256Sign(key, Buffer.from(input));
  if (fault === 'bad-signature') signature[63] = (signature[63] ?? 0) ^ 1;
  return signature;
}

function payloadOf(options: HealthCardOptions): Uint8Array {
  const { fault } = options;
  const json = JSON.stringify(claimsOf(options));
  if (fault === 'not-deflated') return Buffer.from(json);
  if (fault === 'compression-bomb') return deflateRawSync(json + ' '.repeat(BOMB_BYTES));
  if (fault === 'duplicate-key') return deflateRawSync(`{"iss":"https://stranger.example",${json.slice(1)}`);
  return deflateRawSync(json);
}

function claimsOf(options: HealthCardOptions) {
  const { issuer, person, index, generation = 0, validFromMs, atMs, fault } = options;
  const [from_s, at_s] = [Math.floor(validFromMs / 1000), Math.floor(atMs / 1000)];
  const nbf = fault === 'not-yet-valid' ? at_s + DAY_S : from_s;
  const day = new Date(nbf * 1000).toISOString().slice(0, 10);
  return {
    iss: fault === 'wrong-issuer' ? 'https://stranger.example/cards' : issuer.url,
    nbf,
    exp: fault === 'expired' ? at_s - DAY_S : nbf + GOOD_DAYS * DAY_S,
    vc: {
      type: ['https://smarthealth.cards#health-card', 'https://smarthealth.cards#immunization'],
      rid: `c${index}r${generation}`,
      credentialSubject: { fhirVersion: '4.0.1', fhirBundle: bundleOf(person, index, day) },
    },
  };
}

/** FHIR R4, as small as the guide of vaccination credentials has it. */
function bundleOf(person: CardPerson, index: number, day: string) {
  const immunization = (dose: number) => ({
    fullUrl: `resource:${dose}`,
    resource: {
      resourceType: 'Immunization',
      status: 'completed',
      vaccineCode: { coding: [{ system: 'http://hl7.org/fhir/sid/cvx', code: '207' }] },
      patient: { reference: 'resource:0' },
      occurrenceDateTime: day,
      performer: [{ actor: { display: 'City Hospital' } }],
      lotNumber: String(index * 2 + dose).padStart(7, '0'),
    },
  });
  const patient = {
    resourceType: 'Patient',
    name: [{ family: person.familyName, given: [person.givenName] }],
    birthDate: person.birthDate,
    gender: person.sex,
  };
  return {
    resourceType: 'Bundle',
    type: 'collection',
    entry: [{ fullUrl: 'resource:0', resource: patient }, immunization(1), immunization(2)],
  };
}

function numericText(jws: string, fault: ShcFault | null): string {
  const digits = [...jws].map((character) => String(character.charCodeAt(0) - 45).padStart(2, '0')).join('');
  if (fault === 'chunked') return `shc:/1/2/${digits}`;
  return `shc:/${fault === 'odd-digits' ? digits.slice(0, -1) : digits}`;
}

function base64url(value: string | Uint8Array): string {
  return Buffer.from(value).toString('base64url');
}
