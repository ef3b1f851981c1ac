/**
 * Which combinations of evidence support which level, as a table. A level is said "at most": a desk does no enrolment, and takes
 * no biometric sample, so IAL3 and eIDAS high are never reached.
 *
 * Sources:
 * - NIST SP 800-63A-4 (2025): 2.4.1 strength of evidence (FAIR, STRONG, SUPERIOR), 4.1 IAL1, 4.2 IAL2, 4.3 IAL3 (which asks for
 *   a biometric sample). SUPERIOR: attributes that the issuing source signed, checked by cryptography, with a portrait.
 * - eIDAS: Commission Implementing Regulation (EU) 2015/1502, annex, 2.1.2 (identity proofing: low, substantial, high).
 * - GB/T 40651-2021, entity authentication assurance: levels 1 to 4. Level 3 wants two factors, level 4 hardware and presence.
 */
import type { Evidence, StatusEvidence } from '../stays/stay.ts';

export interface Levels {
  readonly ial: 'none' | 'IAL1' | 'IAL2';
  /** Whether the document is SUPERIOR evidence. */
  readonly superior: boolean;
  readonly eidas: 'none' | 'low' | 'substantial';
  /** 0: none. */
  readonly gbt40651: 0 | 1 | 2 | 3;
}

interface Row {
  readonly document?: readonly Evidence['document'][];
  readonly status?: readonly StatusEvidence['source'][];
  readonly holder?: readonly Evidence['holder'][];
  readonly claims?: readonly Evidence['claims'][];
  readonly reached: Omit<Levels, 'superior'>;
}

const KNOWN = ['live', 'list'] as const;
const SAID = ['signed', 'matched'] as const;

/** The first row that fits holds. */
export const LEVEL_ROWS: readonly Row[] = [
  // The person was tied to a proven document whose attributes its issuer signed.
  {
    ...{ document: ['proven'], status: KNOWN, holder: ['person'], claims: ['signed'] },
    reached: { ial: 'IAL2', eidas: 'substantial', gbt40651: 3 },
  },
  // Two factors: the card and what its holder knows.
  {
    ...{ document: ['proven'], status: KNOWN, holder: ['pin', 'person'], claims: SAID },
    reached: { ial: 'IAL2', eidas: 'substantial', gbt40651: 3 },
  },
  // A key in a device, and claims that are signed: status may be what the document's own validity says.
  {
    ...{ document: ['proven'], holder: ['device', 'pin', 'person'], claims: ['signed'] },
    reached: { ial: 'IAL1', eidas: 'low', gbt40651: 2 },
  },
  {
    ...{ document: ['proven'], holder: ['device', 'pin', 'person'], claims: ['matched'] },
    reached: { ial: 'IAL1', eidas: 'low', gbt40651: 2 },
  },
  // A proven card, and a name that nobody vouches for.
  { document: ['proven'], reached: { ial: 'none', eidas: 'none', gbt40651: 1 } },
  // A clerk compared the person and a document that no machine proved.
  {
    ...{ document: ['declared', 'read'], holder: ['person'] },
    reached: { ial: 'IAL1', eidas: 'low', gbt40651: 1 },
  },
  { reached: { ial: 'none', eidas: 'none', gbt40651: 0 } },
];

/** `hasPortrait`: the issuer signed one. */
export function levelsOf(evidence: Evidence, hasPortrait: boolean): Levels {
  const { document, status, holder, claims } = evidence;
  const fits = <Value>(among: readonly Value[] | undefined, value: Value) =>
    among === undefined || among.includes(value);
  const row = LEVEL_ROWS.find(
    (each) =>
      fits(each.document, document) &&
      fits(each.status, status.source) &&
      fits(each.holder, holder) &&
      fits(each.claims, claims),
  );
  const reached = row?.reached ?? { ial: 'none', eidas: 'none', gbt40651: 0 };
  return { ...reached, superior: document === 'proven' && claims === 'signed' && hasPortrait };
}
