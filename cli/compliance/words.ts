/** Words of the report in both languages. */
import type { CryptoProfile } from '../../config/crypto-settings.ts';
import type { MetBy, Strength } from '../../crypto/assessment/clause.ts';
import type { Layer, Property } from '../../crypto/uses/use.ts';
import type { Language } from './report.ts';

export interface Words {
  readonly title: string;
  readonly of: string;
  readonly profile: Readonly<Record<CryptoProfile, string>>;
  /** What it means for the assessment. */
  readonly verdict: Readonly<Record<CryptoProfile, string>>;
  readonly uses: string;
  readonly clauses: string;
  readonly columns: Readonly<
    Record<
      | 'use'
      | 'what'
      | 'properties'
      | 'layer'
      | 'algorithm'
      | 'standard'
      | 'key'
      | 'holder'
      | 'life'
      | 'rotation'
      | 'clause'
      | 'strength'
      | 'title'
      | 'by'
      | 'how',
      string
    >
  >;
  readonly properties: Readonly<Record<Property, string>>;
  readonly layers: Readonly<Record<Layer, string>>;
  readonly strengths: Readonly<Record<Strength, string>>;
  readonly metBy: Readonly<Record<MetBy, string>>;
  /** Of the page of the documentation: where it comes from. */
  readonly page: string;
  readonly given: string;
  readonly noKey: string;
  readonly none: string;
  readonly counts: (gateway: number, both: number, operator: number) => string;
}

const ENGLISH: Words = {
  title: 'Use of cryptography in Onecard Gateway',
  of: 'GB/T 39786-2021, level 3',
  profile: {
    sm: 'profile sm: SM2, SM3, SM4',
    international: 'profile international: SHA-2, ES256, Ed25519, AES',
  },
  verdict: {
    sm: 'Everything that the gateway itself signs, seals and hashes has an algorithm of the national standards. What others decide is listed with the reason. Made from the table that the code asks.',
    international:
      'These are not the algorithms of the national standards: an assessment after GB/T 39786-2021 finds each of them. Set crypto.profile to sm.',
  },
  uses: 'What is protected, and with what',
  clauses: 'Clauses of the standard, and who meets them',
  columns: {
    use: 'use',
    what: 'what is protected',
    properties: 'property',
    layer: 'layer',
    algorithm: 'algorithm',
    standard: 'standard',
    key: 'key',
    holder: 'holder',
    life: 'life',
    rotation: 'change',
    clause: 'clause',
    strength: 'asked',
    title: 'requirement',
    by: 'met by',
    how: 'how, and what remains to be done',
  },
  properties: {
    authenticity: 'authenticity',
    integrity: 'integrity',
    confidentiality: 'confidentiality',
    'non-repudiation': 'non-repudiation',
  },
  layers: {
    physical: 'physical and environmental',
    network: 'network and communication',
    device: 'devices and computing',
    application: 'application and data',
  },
  strengths: { shall: 'shall', should: 'should', may: 'may' },
  metBy: { gateway: 'the gateway', operator: 'the operator', both: 'both' },
  page: 'Written from `crypto/uses/` and `crypto/assessment/` by `npm run docs`; a test fails when they differ. `onecard compliance` prints the same as a table, CSV, JSON or a page for a printer. What to read with it: [cryptography.md](cryptography.md).',
  given: 'given by others',
  noKey: 'no key',
  none: 'none',
  counts: (gateway, both, operator) =>
    `Of ${gateway + both + operator} clauses the gateway meets ${gateway}, gateway and operator together ${both}, the operator ${operator}.`,
};

const CHINESE: Words = {
  title: '一卡通网关密码应用清单',
  of: 'GB/T 39786-2021 第三级',
  profile: {
    sm: '国密算法（sm）：SM2、SM3、SM4',
    international: '国际算法（international）：SHA-2、ES256、Ed25519、AES',
  },
  verdict: {
    sm: '网关自身的签名、加密与杂凑均采用国家标准算法。由他方规定的算法逐项列出并说明理由。本表由代码所查询的同一张表生成。',
    international:
      '以下不是国家标准算法：按 GB/T 39786-2021 测评，各项均为不符合项。请将 crypto.profile 设为 sm。',
  },
  uses: '保护对象与所用算法',
  clauses: '标准条款及其落实方',
  columns: {
    use: '用途标识',
    what: '保护对象',
    properties: '安全属性',
    layer: '层面',
    algorithm: '算法',
    standard: '标准',
    key: '密钥',
    holder: '持有者',
    life: '生存期',
    rotation: '更换',
    clause: '条款',
    strength: '要求',
    title: '指标',
    by: '落实方',
    how: '措施与待办事项',
  },
  properties: {
    authenticity: '真实性',
    integrity: '完整性',
    confidentiality: '机密性',
    'non-repudiation': '不可否认性',
  },
  layers: {
    physical: '物理和环境',
    network: '网络和通信',
    device: '设备和计算',
    application: '应用和数据',
  },
  strengths: { shall: '应', should: '宜', may: '可' },
  metBy: { gateway: '网关', operator: '运营方', both: '网关与运营方' },
  page: '本页由 `npm run docs` 根据 `crypto/uses/` 与 `crypto/assessment/` 生成；二者不一致时测试失败。`onecard compliance` 可输出同样内容的表格、CSV、JSON 或可打印页面。说明见 [cryptography.zh-CN.md](cryptography.zh-CN.md)。',
  given: '由他方规定',
  noKey: '无密钥',
  none: '无',
  counts: (gateway, both, operator) =>
    `共 ${gateway + both + operator} 项条款：网关落实 ${gateway} 项，网关与运营方共同落实 ${both} 项，运营方落实 ${operator} 项。`,
};

export const WORDS: Readonly<Record<Language, Words>> = { en: ENGLISH, zh: CHINESE };
