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

const PASSWORD_KEY = {
  name: { en: 'key of passwords, derived from the audit log’s', zh: '口令密钥（由审计日志密钥派生）' },
  holder: {
    en: 'the desk, wrapped under the key-encryption key',
    zh: '前台系统持有，由密钥加密密钥封装保存',
  },
  life: { en: 'of the desk', zh: '与前台系统同寿' },
  rotation: { en: 'with the next sign-in after a change', zh: '更换后于下次登录时更新' },
} as const;

const PIN_SECRET = {
  name: { en: 'secret of PINs', zh: 'PIN 密钥' },
  holder: { en: 'platform and operator, in files', zh: '平台与运营方：密钥文件' },
  life: { en: 'set by the platform', zh: '由平台规定' },
  rotation: { en: 'with a new list of PINs', zh: '随新的 PIN 名单更换' },
} as const;

const SESSION_KEY = {
  name: { en: 'key of sessions', zh: '会话密钥' },
  holder: { en: 'the desk, in memory', zh: '前台系统：仅在内存中' },
  life: { en: 'of the process', zh: '与进程同寿' },
  rotation: { en: 'with each start', zh: '每次启动时更换' },
} as const;

const WEBHOOK_SECRET = {
  name: { en: 'secret of a webhook', zh: '网络回调密钥' },
  holder: {
    en: 'the desk, sealed in the register, and the receiver',
    zh: '前台系统（加密存于登记簿）与接收方',
  },
  life: { en: 'of the webhook', zh: '与回调登记同寿' },
  rotation: { en: 'by the API', zh: '通过接口更换' },
} as const;

const MATCH_KEY = {
  name: { en: 'match key', zh: '匹配密钥' },
  holder: { en: 'platform and operator, in files', zh: '平台与运营方：密钥文件' },
  life: { en: 'set by the platform', zh: '由平台规定' },
  rotation: { en: 'by agreement with the platform', zh: '与平台约定更换' },
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
    clause: '8.4 e), g)',
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
    clause: '8.4 e)',
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
    clause: '8.4 e), g)',
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
    clause: '8.4 g)',
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
    clause: '8.4 g)',
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
    clause: '8.4 g), 8.3 e)',
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
    clause: '8.4 g), 8.3 e)',
  },
  'operator-password': {
    what: {
      en: 'Passwords of operators, kept so that they cannot be read back or tried without the desk’s key',
      zh: '操作员口令：不可还原，且无前台密钥不可离线试探',
    },
    properties: ['confidentiality', 'authenticity'],
    layer: 'application',
    international: 'Argon2id',
    sm: 'HMAC-SM3-Argon2id',
    key: PASSWORD_KEY,
    clause: '8.4 a), e)',
  },
  'holder-pin': {
    what: {
      en: 'PINs of cardholders, as the platform signs them for desks without it',
      zh: '持卡人 PIN：由平台签发，供离线前台核对',
    },
    properties: ['confidentiality', 'authenticity'],
    layer: 'application',
    international: 'Argon2id',
    sm: 'HMAC-SM3-Argon2id',
    key: PIN_SECRET,
    clause: '8.4 a), e)',
  },
  'pin-entry': {
    what: {
      en: 'Names of cards in the list of PINs',
      zh: 'PIN 名单中的卡标识',
    },
    properties: ['confidentiality'],
    layer: 'application',
    international: 'SHA-256',
    sm: 'SM3',
    key: null,
    clause: '8.4 e)',
  },
  'pin-attempts': {
    what: {
      en: 'Names of cards in the counts of wrong PINs',
      zh: 'PIN 错误计数中的卡标识',
    },
    properties: ['confidentiality'],
    layer: 'application',
    international: 'SHA-256',
    sm: 'SM3',
    key: null,
    clause: '8.4 e)',
  },
  'token-digest': {
    what: {
      en: 'Tokens of sessions, API clients and readers, and pairing codes, kept as digests alone',
      zh: '会话、接口客户端、读卡器令牌及配对码：仅保存杂凑值',
    },
    properties: ['confidentiality'],
    layer: 'application',
    international: 'SHA-256',
    sm: 'SM3',
    key: null,
    clause: '8.4 e)',
  },
  'session-csrf': {
    what: {
      en: 'Requests of a browser: that they come from the console of the session',
      zh: '浏览器请求：确认来自本会话的前台页面',
    },
    properties: ['authenticity'],
    layer: 'application',
    international: 'HMAC-SHA-256',
    sm: 'HMAC-SM3',
    key: SESSION_KEY,
    clause: '8.4 a)',
  },
  'request-digest': {
    what: {
      en: 'Repeated requests, showings and plans of purge, told apart by digests',
      zh: '重复请求、重复出示与清除计划的识别',
    },
    properties: ['integrity'],
    layer: 'application',
    international: 'SHA-256',
    sm: 'SM3',
    key: null,
    clause: '8.4 g)',
  },
  'request-body': {
    what: {
      en: 'Body of a repeated request: that it is the same',
      zh: '重复请求的正文一致性',
    },
    properties: ['integrity'],
    layer: 'application',
    international: 'HMAC-SHA-256',
    sm: 'HMAC-SM3',
    key: null,
    clause: '8.4 g)',
  },
  'webhook-signature': {
    what: {
      en: 'Events sent to other systems of the hotel: that the desk sent them',
      zh: '发往酒店其他系统的事件：确认由前台发出',
    },
    properties: ['authenticity', 'integrity'],
    layer: 'application',
    international: 'HMAC-SHA-256',
    sm: 'HMAC-SM3',
    key: WEBHOOK_SECRET,
    clause: '8.4 f)',
  },
  'guest-match': {
    what: {
      en: 'Names and document numbers asked of the platform as keyed hashes',
      zh: '向平台查询的姓名与证件号码：仅发送带密钥的杂凑值',
    },
    properties: ['confidentiality'],
    layer: 'application',
    international: 'HMAC-SHA-256',
    sm: 'HMAC-SM3',
    key: MATCH_KEY,
    clause: '8.4 d)',
  },
  'reserved-guest': {
    what: {
      en: 'Entries of the list of reserved guests',
      zh: '预订旅客名单条目',
    },
    properties: ['confidentiality'],
    layer: 'application',
    international: 'SHA-256',
    sm: 'SM3',
    key: null,
    clause: '8.4 e)',
  },
  passkeys: {
    what: {
      en: 'Passkeys of operators',
      zh: '操作员通行密钥',
    },
    properties: ['authenticity'],
    layer: 'application',
    given: ['EdDSA', 'ES256', 'RS256', 'SHA-256'],
    why: {
      en: 'browsers and authenticators know no SM2 (W3C Web Authentication); where it must not be used, operators sign in with passwords',
      zh: '浏览器与认证器不支持 SM2（W3C Web Authentication）；不得使用时，操作员以口令登录',
    },
    key: null,
    clause: '8.4 a)',
  },
  'wallet-request': {
    what: {
      en: 'Requests to wallets on phones',
      zh: '向手机钱包发出的请求',
    },
    properties: ['authenticity', 'confidentiality'],
    layer: 'application',
    given: ['ES256', 'ECDH-ES', 'A256GCM', 'SHA-256', 'SHA-1'],
    why: {
      en: 'wallets take what OpenID4VP and HAIP prescribe; it is used when a clerk asks a guest for a document on a phone, and not else',
      zh: '手机钱包只接受 OpenID4VP 与 HAIP 规定的算法；仅当前台人员请旅客出示手机证照时使用',
    },
    key: {
      name: {
        en: 'key of the desk towards wallets, with a certificate',
        zh: '前台面向手机钱包的密钥（附数字证书）',
      },
      holder: {
        en: 'the desk, in files: its own, or those of hotel.phone',
        zh: '前台系统：自行生成的文件，或 hotel.phone 指定的文件',
      },
      life: { en: 'that of its certificate', zh: '以证书有效期为准' },
      rotation: { en: 'the operator gives other files', zh: '由运营方更换文件' },
    },
    clause: '8.4 a), d)',
  },
  'register-export': {
    what: {
      en: 'Exports of the register: only the recipient reads them',
      zh: '住宿登记导出文件：仅接收方可读',
    },
    properties: ['confidentiality', 'integrity'],
    layer: 'application',
    international: 'X25519-ChaCha20-Poly1305',
    sm: 'SM2-SM4-CTR-HMAC-SM3',
    key: {
      name: { en: 'public key of the recipient', zh: '接收方公钥' },
      holder: { en: 'the recipient', zh: '接收方' },
      life: { en: 'as the recipient says', zh: '由接收方规定' },
      rotation: { en: 'the operator names another', zh: '由运营方更换' },
    },
    clause: '8.4 d), e), f)',
  },
} as const satisfies Readonly<Record<string, Use>>;
