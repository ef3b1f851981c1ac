/** What `onecard compliance` says: uses of cryptography in one profile and one language, and the clauses of the standard. */
import type { CryptoProfile } from '../../config/crypto-settings.ts';
import { ALGORITHMS } from '../../crypto/algorithms.ts';
import { clausesIn, type MetBy, type Strength } from '../../crypto/assessment/clause.ts';
import { LEVEL_3 } from '../../crypto/assessment/gbt-39786.ts';
import type { Layer, Property, Said, Use } from '../../crypto/uses/use.ts';
import { USES } from '../../crypto/uses.ts';

export type Language = keyof Said;

export interface UseRow {
  readonly use: string;
  readonly what: string;
  readonly properties: readonly Property[];
  readonly layer: Layer;
  readonly algorithms: readonly string[];
  /** Of the algorithm, where the profile decides. */
  readonly standard: string | null;
  readonly key: {
    readonly name: string;
    readonly holder: string;
    readonly life: string;
    readonly rotation: string;
  } | null;
  readonly clauses: readonly string[];
  /** Why the algorithm is somebody else's to decide; null: the profile decides. */
  readonly given: string | null;
}

export interface ClauseRow {
  readonly clause: string;
  readonly strength: Strength;
  readonly title: string;
  readonly by: MetBy;
  readonly how: string;
  /** Names of the uses that are for it. */
  readonly uses: readonly string[];
}

export interface PartRows {
  readonly clause: string;
  readonly title: string;
  readonly clauses: readonly ClauseRow[];
}

export interface ComplianceReport {
  readonly standard: 'GB/T 39786-2021';
  readonly level: 3;
  readonly profile: CryptoProfile;
  readonly uses: readonly UseRow[];
  readonly parts: readonly PartRows[];
}

export function complianceReport(profile: CryptoProfile, language: Language): ComplianceReport {
  const uses = Object.entries<Use>(USES).map(([name, use]) => rowOf(name, use, profile, language));
  const parts = LEVEL_3.map(({ clause, title, clauses }) => ({
    clause,
    title: title[language],
    clauses: clauses.map((each) => ({
      ...{ clause: each.clause, strength: each.strength, title: each.title[language] },
      ...{ by: each.by, how: each.how[language] },
      uses: uses.filter((use) => use.clauses.includes(each.clause)).map(({ use }) => use),
    })),
  }));
  return { standard: 'GB/T 39786-2021', level: 3, profile, uses, parts };
}

function rowOf(name: string, use: Use, profile: CryptoProfile, language: Language): UseRow {
  const { what, properties, layer, key, clause } = use;
  const described = {
    ...{ use: name, what: what[language], properties, layer, clauses: clausesIn(clause) },
    key: key && {
      name: key.name[language],
      holder: key.holder[language],
      life: key.life[language],
      rotation: key.rotation[language],
    },
  };
  if ('given' in use) {
    return { ...described, algorithms: use.given, standard: null, given: use.why[language] };
  }
  const algorithm = use[profile];
  return {
    ...described,
    algorithms: [algorithm],
    standard: ALGORITHMS[algorithm].standard,
    given: null,
  };
}
