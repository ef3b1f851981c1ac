/** What the hotel desk and its register are protected by. */
import type { Use } from './use.ts';

const REGISTER_KEYS = {
  name: {
    en: 'data keys of the register, one for each day of purge',
    zh: '登记簿数据密钥（每个清除日一把）',
  },
  holder: {
    en: 'the desk, wrapped under the key-encryption key',
    zh: '前台系统持有，由密钥加密密钥封装保存',
  },
  life: { en: 'until the day of purge, then destroyed', zh: '至清除日为止，届时销毁' },
  rotation: { en: 'by the day; with each erasure', zh: '每日一把；每次按请求删除时更换' },
} as const;

const KEY_ENCRYPTION_KEY = {
  name: { en: 'key-encryption key of the hotel', zh: '酒店密钥加密密钥' },
  holder: { en: 'the operator: file, token or cipher machine', zh: '运营方：密钥文件、密码卡或密码机' },
  life: { en: 'set by the operator', zh: '由运营方规定' },
  rotation: { en: 'onecard desk rotate-key', zh: '使用 onecard desk rotate-key 更换' },
} as const;

export const HOTEL_USES = {
  'register-row': {
    what: {
      en: 'Guest register: rows read by nobody without the key, bound to hotel, table, id, version and day',
      zh: '旅客登记簿：无密钥者不可读取记录；记录与酒店、表、编号、版本和清除日绑定',
    },
    properties: ['confidentiality', 'integrity'],
    layer: 'application',
    international: 'AES-256-GCM',
    sm: 'SM4-CTR-HMAC-SM3',
    key: REGISTER_KEYS,
    clause: '8.4 d), e)',
  },
  'register-index': {
    what: {
      en: 'Guest register: what rows are found by, such as document numbers, kept as keyed hashes',
      zh: '旅客登记簿：证件号码等检索项仅以带密钥的杂凑值保存',
    },
    properties: ['confidentiality'],
    layer: 'application',
    international: 'HMAC-SHA-256',
    sm: 'HMAC-SM3',
    key: REGISTER_KEYS,
    clause: '8.4 d)',
  },
  'register-key-wrap': {
    what: {
      en: 'Data keys of the register and the key of the audit log, wrapped',
      zh: '登记簿数据密钥与审计日志密钥的封装',
    },
    properties: ['confidentiality', 'integrity'],
    layer: 'application',
    international: 'AES-256-KW',
    sm: 'SM4-KW',
    key: KEY_ENCRYPTION_KEY,
    clause: '8.4 d), e)',
  },
  'register-key-check': {
    what: {
      en: 'Check value by which a register tells that another key-encryption key was given',
      zh: '登记簿用以识别密钥加密密钥是否正确的校验值',
    },
    properties: ['integrity'],
    layer: 'application',
    international: 'HMAC-SHA-256',
    sm: 'HMAC-SM3',
    key: KEY_ENCRYPTION_KEY,
    clause: '8.4 e)',
  },
  'register-key-digest': {
    what: {
      en: 'Digest of a destroyed wrapped key, the proof of a purge',
      zh: '已销毁密钥密文的杂凑值，作为清除的证明',
    },
    properties: ['integrity'],
    layer: 'application',
    international: 'SHA-256',
    sm: 'SM3',
    key: null,
    clause: '8.4 e)',
  },
  'audit-chain': {
    what: {
      en: 'Audit log of the desk: no entry can be taken out, put elsewhere or changed unseen',
      zh: '前台审计日志：条目不可被暗中删除、移位或修改',
    },
    properties: ['integrity'],
    layer: 'application',
    international: 'SHA-256',
    sm: 'SM3',
    key: null,
    clause: '8.4 f)',
  },
  'audit-mac': {
    what: {
      en: 'Audit log of the desk: no entry, and no end, can be put in',
      zh: '前台审计日志：条目与日志末尾不可伪造',
    },
    properties: ['integrity', 'authenticity'],
    layer: 'application',
    international: 'HMAC-SHA-256',
    sm: 'HMAC-SM3',
    key: {
      name: { en: 'key of the audit log', zh: '审计日志密钥' },
      holder: {
        en: 'the desk, wrapped under the key-encryption key',
        zh: '前台系统持有，由密钥加密密钥封装保存',
      },
      life: { en: 'of the audit log', zh: '与审计日志同寿' },
      rotation: { en: 'its wrapping, with the key-encryption key', zh: '封装随密钥加密密钥更换' },
    },
    clause: '8.4 f)',
  },
} as const satisfies Readonly<Record<string, Use>>;
