/**
 * `chip-oda`: offline data authentication of PBOC 3.0 and EMV chip cards. CA key, issuer certificate, card
 * certificate, and the card's signature over the terminal's unpredictable number.
 */
import { personalText } from '../../claims.ts';
import { dayStartMs } from '../../codecs/bcd.ts';
import { toHex } from '../../codecs/hex.ts';
import { asciiBytes } from '../../codecs/json-cursor.ts';
import type { ProofFacts } from '../../contract.ts';
import type { Family, PendingProof } from '../family.ts';
import type { CardKey } from './algorithm.ts';
import { ChipRsaAnchor, ChipSm2Anchor, Revocation } from './anchors.ts';
import { readCardNumber } from './card-number.ts';
import { type Chain, verifyChain } from './chain.ts';
import { ChipCheckList } from './chip-check-list.ts';
import { costKey } from './cost-key.ts';
import { packChip } from './direct.ts';
import { CHIP_DISCLOSES, holderClaims } from './holder-data.ts';
import { type ChipOdaInput, contextSchema, credentialSchema, type DataObjects, readInput } from './input.ts';
import {
  type CardLists,
  DYNAMIC_MODES,
  readUnpredictableNumber,
  splitDynamicData,
  UNPREDICTABLE_NUMBER,
} from './modes.ts';
import type { CardFacts } from './remembered.ts';
import { readStaticData } from './static-data.ts';
import { anchorKeys, type ChipAnchor, type ChipOdaTrust, FAMILY_NAME, loadTrust } from './trust.ts';

export type { ChipOdaInput, ChipOdaTrust };

export const chipOda: Family<ChipOdaInput, ChipOdaTrust> = {
  name: FAMILY_NAME,
  presentable: true,
  cardMode: 'physical',
  claims: ['alg', 'index', 'applicationCryptogramType'],
  discloses: CHIP_DISCLOSES,
  about: 'Offline data authentication of PBOC 3.0 and EMV chip cards, SM2 and RSA.',
  example: {
    credential: {
      tags: {
        '84': 'A000000333010101',
        '8F': '57',
        '90': '1203104500123000000000',
        '9F46': '1462284800000110011712300000000404',
        '9F4B': '1503020102',
        '5A': '6228480000011001',
      },
      staticData: '5A086228480000011001',
    },
    context: { mode: 'dda', terminal: { '9F37': '63AFC600' } },
  },
  anchorSchemas: [ChipSm2Anchor, ChipRsaAnchor],
  revocationSchemas: [Revocation],
  anchorKeys: (anchor) => anchorKeys(anchor as ChipSm2Anchor | ChipRsaAnchor),
  credentialSchema,
  contextSchema,
  read: readInput,
  packDirectly: packChip,
  jsonNames: { text: asciiBytes('mode'), renamed: null },
  challenge: 'optional',
  challengeBytes: 4,
  challengeOf: ({ terminal }) => terminal[UNPREDICTABLE_NUMBER] ?? null,
  costKey: ({ tags }) => costKey('9F32' in tags),
  loadTrust,
  begin(input, trust, atMs, detail = true, disclose = []) {
    const proof = (detail ? null : beginRemembered(input, trust, atMs)) ?? beginWhole(input, trust, atMs);
    return disclose.length === 0 ? proof : withHolder(proof, input, disclose);
  },
};

/** Whatever fails after this denies, and then nothing is said. */
function withHolder(proof: PendingProof, input: ChipOdaInput, disclose: readonly string[]): PendingProof {
  const disclosed = proof.facts === null ? undefined : holderClaims(input, disclose);
  return disclosed === undefined || proof.facts === null
    ? proof
    : { ...proof, facts: { ...proof.facts, disclosed } };
}

/**
 * The proof of a card that is known to hold but for what it signed now. Null for any other: every check is made then, one
 * by one, and the first that fails is named.
 */
function beginRemembered(input: ChipOdaInput, trust: ChipOdaTrust, atMs: number): PendingProof | null {
  const known = input.ambiguous ? null : trust.remembered.find(input);
  if (known === null) return null;
  const { anchor, facts } = known;
  const mode = DYNAMIC_MODES[input.mode];
  const inTime = atMs >= known.notBeforeMs && atMs <= facts.validUntilMs;
  const dynamic = input.tags['9F4B'];
  if (!inTime || dynamic === undefined || !mode.enabled(anchor.key)) return null;
  const list = new ChipCheckList();
  const unpredictableNumber = readUnpredictableNumber(list, input.terminal);
  if (unpredictableNumber === null) return null;
  const terminalData = mode.terminalData(list, input, { ddol: known.ddol, related: input.tags['9F69'] });
  if (terminalData === null) return null;
  // Whatever fails from here on is the first that fails.
  trust.counters.chainHits += 2;
  const said = { input, dynamic, terminalData, unpredictableNumber };
  const proven = proveDynamic(list, said, anchor, known.key, facts);
  return proven === null ? list.denied() : list.pending(proven, null);
}

function beginWhole(input: ChipOdaInput, trust: ChipOdaTrust, atMs: number): PendingProof {
  const list = new ChipCheckList();
  const facts = prove(list, input, trust, atMs);
  return facts === null ? list.denied() : list.pending(facts, () => list.runProven());
}

/** The whole proof in order: what is there, the chain, the static data, the dynamic signature. */
function prove(
  list: ChipCheckList,
  input: ChipOdaInput,
  trust: ChipOdaTrust,
  atMs: number,
): ProofFacts | null {
  if (!list.require('input.unambiguous', 'credential.malformed', !input.ambiguous)) return null;
  const anchor = findAnchor(list, input.tags, trust, atMs);
  if (anchor === null) return null;
  const mode = DYNAMIC_MODES[input.mode];
  if (!list.require('mode.enabled', 'credential.mode_disabled', mode.enabled(anchor.key))) return null;
  const unpredictableNumber = readUnpredictableNumber(list, input.terminal);
  const dynamic = input.tags['9F4B'];
  if (unpredictableNumber === null || !list.has('dynamic_signature.present', dynamic)) return null;
  const staticData = readStaticData(list, input);
  if (staticData === null) return null;
  const cardNumber = readCardNumber(list, input.tags, staticData.objects);
  const terminalData =
    cardNumber === null ? null : mode.terminalData(list, input, signedFor(staticData.objects));
  if (cardNumber === null || terminalData === null) return null;

  const shown = { tags: input.tags, staticData: staticData.bytes, cardNumber };
  const chain = verifyChain(list, trust, anchor, shown, atMs);
  if (chain === null) return null;
  const { issuer, card } = chain;
  const application = checkApplicationDates(list, staticData.objects, atMs);
  if (application === null) return null;

  const facts: CardFacts = {
    ...identity(anchor, chain),
    replayableUntilMs: null,
    validUntilMs: Math.min(anchor.expiresMs, issuer.expiresMs, card.expiresMs, application.endMs),
  };
  list.whenProven(() =>
    trust.remembered.keep(input, staticData.inside, {
      anchor,
      key: card.key,
      ddol: staticData.objects['9F49'],
      notBeforeMs: application.startMs,
      facts,
    }),
  );
  const said = { input, dynamic, terminalData, unpredictableNumber };
  return proveDynamic(list, said, anchor, card.key, facts);
}

function signedFor(objects: DataObjects): CardLists {
  return { ddol: objects['9F49'], related: objects['9F69'] };
}

/** What card and terminal said to each other this time. */
interface Said {
  readonly input: ChipOdaInput;
  readonly dynamic: Uint8Array;
  readonly terminalData: Uint8Array;
  readonly unpredictableNumber: Uint8Array;
}

function proveDynamic(
  list: ChipCheckList,
  { input, dynamic, terminalData, unpredictableNumber }: Said,
  anchor: ChipAnchor,
  key: CardKey,
  facts: CardFacts,
): ProofFacts | null {
  const signed = key.dynamicData(list, dynamic, terminalData);
  const dynamicData = signed && splitDynamicData(list, signed);
  const claims = dynamicData && DYNAMIC_MODES[input.mode].readDynamicData(list, dynamicData, key, input);
  if (dynamicData === null || claims === null) return null;
  return {
    credentialId: facts.credentialId,
    issuer: facts.issuer,
    region: facts.region,
    subject: facts.subject,
    mode: input.mode,
    nonce: toHex(unpredictableNumber) + toHex(dynamicData.number),
    replayableUntilMs: facts.replayableUntilMs,
    validUntilMs: facts.validUntilMs,
    holderBound: true,
    claims: { alg: anchor.key.alg, index: anchor.index, ...claims },
  };
}

const AID_BYTES_MIN = 5;
const AID_BYTES_MAX = 16;
const RID_BYTES = 5;

/** EMV Book 2 clause 6.2: the CA key that the application's RID and the index on the card name. */
function findAnchor(
  list: ChipCheckList,
  tags: DataObjects,
  { anchors }: ChipOdaTrust,
  atMs: number,
): ChipAnchor | null {
  const aid = tags['84'] ?? tags['4F'];
  if (!list.has('application_identifier.present', aid)) return null;
  const fits = aid.length >= AID_BYTES_MIN && aid.length <= AID_BYTES_MAX;
  if (!list.require('application_identifier.length', 'credential.malformed', fits)) return null;
  const index = tags['8F'];
  if (!list.has('ca_index.present', index) || !list.hasLength('ca_index.length', index, 1)) return null;
  const anchor = anchors.get(toHex(aid.subarray(0, RID_BYTES)) + toHex(index));
  if (!list.require('ca_key.known', 'trust.ca_unknown', anchor !== undefined) || anchor === undefined)
    return null;
  return list.require('ca_key.expiry', 'trust.ca_expired', atMs <= anchor.expiresMs) ? anchor : null;
}

const DAY_MS = 86_400_000;

/**
 * EMV Book 3 clause 10.4.3: the application's effective date (5F25) and expiration date (5F24, good through that
 * day), where the card shows them. Returns the application's first and last millisecond, or null when a check failed.
 */
function checkApplicationDates(
  list: ChipCheckList,
  objects: DataObjects,
  atMs: number,
): { startMs: number; endMs: number } | null {
  const effective = objects['5F25'];
  let startMs = Number.NEGATIVE_INFINITY;
  if (effective !== undefined) {
    const dayMs = dayStartMs(effective);
    if (!list.require('application.effective_date', 'credential.malformed', dayMs !== null)) return null;
    startMs = dayMs ?? 0;
    if (!list.require('application.effective', 'credential.not_yet_valid', atMs >= startMs)) return null;
  }
  const expiration = objects['5F24'];
  if (expiration === undefined) return { startMs, endMs: Number.POSITIVE_INFINITY };
  const lastDayMs = dayStartMs(expiration);
  if (!list.require('application.expiration_date', 'credential.malformed', lastDayMs !== null)) return null;
  const endMs = (lastDayMs ?? 0) + DAY_MS - 1;
  return list.require('application.expiry', 'credential.expired', atMs <= endMs) ? { startMs, endMs } : null;
}

/** A card number outlives the chip, so the credential is named by its certificate's serial number as well. */
function identity(anchor: ChipAnchor, { issuer, card }: Chain) {
  return {
    credentialId: personalText(`${anchor.rid}:${issuer.digits}:${card.serial}:${card.digits}`),
    issuer: `${anchor.rid}:${issuer.digits}`,
    region: anchor.region,
    subject: personalText(card.digits),
  };
}
