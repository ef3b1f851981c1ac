/** Clauses of GB/T 39786-2021 for level 3, each with who meets it here. Titles are those of its table A.1. */
import type { Said } from '../uses/use.ts';

/** 应, 宜, 可. */
export type Strength = 'shall' | 'should' | 'may';
/** `both`: the gateway does its part, and the operator must add to it. */
export type MetBy = 'gateway' | 'operator' | 'both';

export interface Clause {
  /** As uses name it, such as '8.4 e)'. */
  readonly clause: string;
  readonly strength: Strength;
  readonly title: Said;
  readonly by: MetBy;
  /** What the gateway does, and what remains to be done by whom. */
  readonly how: Said;
}

export interface Part {
  /** Such as '8.4'. */
  readonly clause: string;
  readonly title: Said;
  readonly clauses: readonly Clause[];
}

type Row = readonly [strength: Strength, by: MetBy, title: Said, how: Said];

/** Rows become a), b), c) … in their order. */
export function partOf(clause: string, title: Said, rows: readonly Row[]): Part {
  const clauses = rows.map(([strength, by, rowTitle, how], at) => ({
    clause: `${clause} ${String.fromCharCode('a'.charCodeAt(0) + at)})`,
    strength,
    title: rowTitle,
    by,
    how,
  }));
  return { clause, title, clauses };
}

/** The same two rows end each of the four technical parts. */
export function servicesAndProducts(productsHow: Said): readonly Row[] {
  return [
    [
      'shall',
      'operator',
      { en: 'cryptographic services', zh: '密码服务' },
      {
        en: 'The gateway uses none. Where the operator does (certificates of a CA, time stamps, key management), the service is approved.',
        zh: '网关不使用外部密码服务。运营方如使用（CA 证书、时间戳、密钥管理等），该服务须依法获得许可或认证。',
      },
    ],
    ['shall', 'operator', { en: 'cryptographic products', zh: '密码产品' }, productsHow],
  ];
}

/** Clauses in a use's `clause`, such as '8.4 e), g)'. */
export function clausesIn(text: string): readonly string[] {
  let part = '';
  return text.split(/[,、]\s*/).map((each) => {
    const [, named, letter = ''] = /^(?:(\d\.\d) )?([a-z])\)$/.exec(each.trim()) ?? [];
    part = named ?? part;
    return `${part} ${letter})`;
  });
}
