/** What the platform says to gateways, and what they ask it: trust, lists, status. */
import type { Use } from './use.ts';

const STATUS_KEY = {
  holder: { en: 'the platform; gateways have the public part in trust', zh: '平台；网关经信任文件持有公钥' },
  life: { en: 'as long as trust names it', zh: '在信任文件列名期间有效' },
  rotation: {
    en: 'trust names the new one beside the old, then the new one alone',
    zh: '信任文件先并列新旧密钥，再只列新密钥',
  },
} as const;

export const LIST_USES = {
  'status-seal': {
    what: {
      en: 'Answers of the platform (status, online codes, uploads): they are its own, to this question, unchanged',
      zh: '平台的应答（状态查询、电子码、日志上传）：出自平台、对应本次提问且未被改动',
    },
    properties: ['authenticity', 'integrity', 'non-repudiation'],
    layer: 'application',
    international: 'ES256',
    sm: 'SM2',
    key: { name: { en: 'sealing key of the platform', zh: '平台应答签名密钥' }, ...STATUS_KEY },
    clause: '8.4 f)',
  },
  'status-question': {
    what: {
      en: 'Questions to the platform: whoever stands between learns no card number',
      zh: '向平台的提问：传输途中无人可知卡号',
    },
    properties: ['confidentiality', 'integrity'],
    layer: 'application',
    international: 'AES-256-GCM',
    sm: 'SM4-CTR-HMAC-SM3',
    key: {
      name: { en: 'content key', zh: '内容加密密钥' },
      holder: { en: 'the gateway that asks, in memory', zh: '提问的网关，仅在内存中' },
      life: { en: 'one minute', zh: '一分钟' },
      rotation: { en: 'by itself, each minute', zh: '每分钟自动更换' },
    },
    clause: '8.4 c)',
  },
  'status-question-key': {
    what: {
      en: 'The content key of a question: only the platform can open it',
      zh: '提问的内容加密密钥：只有平台能够解开',
    },
    properties: ['confidentiality'],
    layer: 'application',
    international: 'ECDH-ES-P-256',
    sm: 'SM2-encryption',
    key: { name: { en: 'encryption key of the platform', zh: '平台加密密钥' }, ...STATUS_KEY },
    clause: '8.4 c)',
  },
} as const satisfies Readonly<Record<string, Use>>;
