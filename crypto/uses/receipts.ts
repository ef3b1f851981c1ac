/** What signed receipts are protected by. */
import type { Use } from './use.ts';

const RECEIPT_KEY = {
  name: { en: 'receipt key of the gateway, with a certificate', zh: '网关凭证签名密钥（附数字证书）' },
  holder: { en: 'the gateway: file, token or cipher machine', zh: '网关：密钥文件、密码卡或密码机' },
  life: { en: 'that of its certificate', zh: '以证书有效期为准' },
  rotation: { en: 'onecard receipt rotate', zh: '使用 onecard receipt rotate 更换' },
} as const;

const SUBJECT_KEY = {
  name: { en: 'key of the pseudonyms in receipts', zh: '凭证假名密钥' },
  holder: { en: 'the gateway, in a file', zh: '网关：密钥文件' },
  life: { en: 'of the receipts', zh: '与凭证同寿' },
  rotation: { en: 'never: receipts of one person stay so', zh: '不更换，以保持同一人的凭证可对应' },
} as const;

export const RECEIPT_USES = {
  'receipt-signature': {
    what: {
      en: 'Receipts: the gateway cannot deny that a card was shown, when, and what it decided',
      zh: '凭证：网关不可否认卡片的出示、时间及其决定',
    },
    properties: ['authenticity', 'integrity', 'non-repudiation'],
    layer: 'application',
    international: 'ES256',
    sm: 'SM2',
    key: RECEIPT_KEY,
    clause: '8.4 h)',
  },
  'receipt-key-id': {
    what: { en: 'Names of receipt keys', zh: '凭证签名密钥的标识' },
    properties: ['integrity'],
    layer: 'application',
    international: 'SHA-256',
    sm: 'SM3',
    key: null,
    clause: '8.4 g)',
  },
  'receipt-reference': {
    what: {
      en: 'What was proved once: references and decisions, kept as digests',
      zh: '已证明事项的登记：仅保存引用与决定的杂凑值',
    },
    properties: ['integrity', 'confidentiality'],
    layer: 'application',
    international: 'SHA-256',
    sm: 'SM3',
    key: null,
    clause: '8.4 e), g)',
  },
  'receipt-subject': {
    what: {
      en: 'The holder in a receipt, by a pseudonym of purpose and service',
      zh: '凭证中的持卡人：按用途与服务生成的假名',
    },
    properties: ['confidentiality'],
    layer: 'application',
    international: 'HMAC-SHA-256',
    sm: 'HMAC-SM3',
    key: SUBJECT_KEY,
    clause: '8.4 e)',
  },
} as const satisfies Readonly<Record<string, Use>>;
