/** What cards, codes and documents of others prove. Their issuers chose how; each profile takes what the policy of a scene takes. */
import type { GivenUse, Use } from './use.ts';

const BY_ISSUER: GivenUse['key'] = {
  name: { en: 'public keys of the issuers', zh: '发行方公钥' },
  holder: {
    en: 'the gateway, out of the signed trust; private keys are the issuers’',
    zh: '网关（取自签名的信任文档）；私钥由发行方持有',
  },
  life: { en: 'as the issuer says, at most that of the trust', zh: '由发行方规定，不超过信任文档有效期' },
  rotation: { en: 'with a new revision of trust', zh: '随信任文档新版本更换' },
};

const PROOF = {
  properties: ['authenticity', 'integrity'],
  layer: 'application',
  key: BY_ISSUER,
  clause: '8.4 a)',
} as const;

const FOREIGN = {
  en: 'The document’s issuer signed it abroad or for all countries. A scene takes it only where its policy names the family.',
  zh: '该凭证由境外或国际发行方签发。仅当场景策略列出该类凭证时才受理。',
};

export const CREDENTIAL_USES = {
  'credential-transit-qr': {
    ...PROOF,
    what: { en: 'Ride codes of JT/T 1179', zh: '交通运输二维码（JT/T 1179）' },
    given: ['SM2', 'SM3'],
    why: {
      en: 'JT/T 1179 says so: the nation’s algorithms in both profiles.',
      zh: '由 JT/T 1179 规定：两种算法体系下均为国密算法。',
    },
  },
  'credential-chip-oda': {
    ...PROOF,
    what: {
      en: 'Offline data authentication of chip cards, PBOC 3.0 and EMV',
      zh: 'IC 卡脱机数据认证（PBOC 3.0、EMV）',
    },
    given: ['SM2', 'SM3', 'RSA', 'SHA-1', 'SHA-256'],
    why: {
      en: 'The card decides: SM2 cards of PBOC 3.0 by JR/T 0025, older and foreign cards RSA with SHA-1 by EMV Book 2. RSA is taken only while the trust has an RSA key of that scheme: leave it out, and such cards are refused.',
      zh: '由卡片决定：PBOC 3.0 国密卡按 JR/T 0025 使用 SM2；旧卡与境外卡按 EMV Book 2 使用 RSA 与 SHA-1。仅当信任文档含该体系 RSA 根公钥时受理：不列入即拒绝此类卡。',
    },
  },
  'credential-card-pki': {
    ...PROOF,
    what: {
      en: 'Certificate of a card and its signature over a challenge, such as third-generation social security cards',
      zh: '卡内证书及其对挑战值的签名（如第三代社会保障卡）',
    },
    given: ['SM2', 'SM3', 'ES256', 'SHA-256'],
    why: {
      en: 'The certificate decides. Social security cards have SM2; P-256 is taken only under an anchor of trust that has such certificates.',
      zh: '由证书决定。社会保障卡使用 SM2；仅当信任锚下存在 P-256 证书时才受理 P-256。',
    },
  },
  'credential-mdoc': {
    ...PROOF,
    what: { en: 'Mobile documents of ISO/IEC 18013-5', zh: '移动证照（ISO/IEC 18013-5）' },
    given: ['ES256', 'ES384', 'ES512', 'Ed25519', 'SHA-256', 'SHA-384', 'SHA-512', 'HMAC-SHA-256'],
    why: FOREIGN,
  },
  'credential-sd-jwt': {
    ...PROOF,
    what: { en: 'SD-JWT credentials of wallets', zh: '钱包 SD-JWT 凭证' },
    given: ['ES256', 'ES384', 'ES512', 'Ed25519', 'RSA', 'SHA-256', 'SHA-384', 'SHA-512'],
    why: FOREIGN,
  },
  'credential-shc': {
    ...PROOF,
    what: { en: 'SMART Health Cards', zh: 'SMART 健康卡' },
    given: ['ES256', 'SHA-256'],
    why: FOREIGN,
  },
  'credential-hcert': {
    ...PROOF,
    what: { en: 'Health certificates in the European envelope', zh: '欧盟格式健康证明（HCERT）' },
    given: ['ES256', 'RSA', 'SHA-256'],
    why: FOREIGN,
  },
  'credential-token': {
    ...PROOF,
    key: null,
    what: { en: 'Online codes, which the platform knows the meaning of', zh: '在线码（其含义由平台解释）' },
    given: [],
    why: {
      en: 'The code is a random number and proves nothing by itself: the platform’s answer is signed (status-seal).',
      zh: '在线码为随机数，本身不作证明：由平台签名的应答证明（status-seal）。',
    },
  },
} as const satisfies Readonly<Record<string, Use>>;
