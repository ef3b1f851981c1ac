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
  'published-content': {
    what: {
      en: 'Trust, city document, card list, named lists and PINs: what the platform published, unchanged',
      zh: '信任文件、城市策略、卡名单、专项名单和口令名单：出自平台且未被改动',
    },
    properties: ['authenticity', 'integrity', 'non-repudiation'],
    layer: 'application',
    international: 'Ed25519',
    sm: 'SM2',
    key: {
      name: { en: 'content and list keys of the platform', zh: '平台内容签名密钥与名单签名密钥' },
      holder: { en: 'the platform; gateways begin with its root', zh: '平台；网关以其根文件为起点' },
      life: { en: 'as long as the root names it', zh: '在根文件列名期间有效' },
      rotation: {
        en: 'a root of the next version, signed by the keys of the one before and its own',
        zh: '发布下一版本根文件，由前一版本与本版本密钥共同签名',
      },
    },
    clause: '8.4 f)',
  },
  'published-digest': {
    what: {
      en: 'Content that the platform published, and lists kept on disk: a changed or torn one is not used',
      zh: '平台发布的内容及网关留存的名单：被改动或残缺者不予使用',
    },
    properties: ['integrity'],
    layer: 'application',
    international: 'SHA-256',
    sm: 'SM3',
    key: null,
    clause: '8.4 f)',
  },
  'list-link': {
    what: {
      en: 'Changes of the card list, and what is newest: from the platform, unchanged',
      zh: '卡名单的变更记录与最新状态声明：出自平台且未被改动',
    },
    properties: ['authenticity', 'integrity', 'non-repudiation'],
    layer: 'application',
    international: 'Ed25519',
    sm: 'SM2',
    key: {
      name: { en: 'list key of the platform', zh: '平台名单签名密钥' },
      holder: { en: 'the platform; gateways begin with its root', zh: '平台；网关以其根文件为起点' },
      life: { en: 'as long as the root names it', zh: '在根文件列名期间有效' },
      rotation: { en: 'with a root of the next version', zh: '随下一版本根文件更换' },
    },
    clause: '8.4 f)',
  },
  'list-chain': {
    what: {
      en: 'Order of the changes of the card list: none is left out, none put in',
      zh: '卡名单变更的次序：不可遗漏或插入',
    },
    properties: ['integrity'],
    layer: 'application',
    international: 'SHA-256',
    sm: 'SM3',
    key: null,
    clause: '8.4 f)',
  },
  'tuf-metadata': {
    what: {
      en: 'Metadata that carries what is published: versions, expiry, which files belong together',
      zh: '承载发布内容的元数据：版本、有效期及文件归属',
    },
    properties: ['authenticity', 'integrity'],
    layer: 'application',
    given: ['Ed25519', 'SHA-256'],
    why: {
      en:
        'The Update Framework (specification 1.0) names these for its roles. It is the carrier: in profile sm the content is signed with ' +
        'SM2 over SM3 as well, and is not taken without that',
      zh: 'TUF 规范（1.0）为其各角色规定了这些算法。它只是承载方式：在 sm 配置下内容另有 SM2 签名与 SM3 摘要，缺之不予采用',
    },
    key: {
      name: { en: 'keys of the TUF roles', zh: 'TUF 各角色密钥' },
      holder: { en: 'the platform', zh: '平台' },
      life: { en: 'as long as the root names them', zh: '在根文件列名期间有效' },
      rotation: { en: 'with a root of the next version', zh: '随下一版本根文件更换' },
    },
    clause: '8.4 f)',
  },
  'token-status-list': {
    what: {
      en: 'Status lists of tokens: from the issuer that trust names, unchanged',
      zh: '凭证状态列表：出自信任文件指明的签发者且未被改动',
    },
    properties: ['authenticity', 'integrity'],
    layer: 'application',
    given: ['SM2', 'ES256', 'ES384', 'ES512', 'Ed25519'],
    why: {
      en: 'Its issuer signs it, with the key or under the root that trust names for it: the city with SM2 in profile sm, issuers of foreign credentials as they do everywhere. Trust that names keys of SM2 alone takes no other',
      zh: '由其签发者以信任文件指明的密钥或根签名：在 sm 体系下城市以 SM2 签名，境外凭证的签发者沿用其算法。信任文件只列 SM2 密钥时，不采用其他算法的列表',
    },
    key: {
      name: { en: 'key of the list', zh: '状态列表签名密钥' },
      holder: { en: 'its issuer', zh: '签发者' },
      life: { en: 'as long as trust names it', zh: '在信任文件列名期间有效' },
      rotation: { en: 'trust names another', zh: '由信任文件更换' },
    },
    clause: '8.4 f)',
  },
  'token-status-index': {
    what: {
      en: 'Names of status lists on disk, and of the identifiers on them in memory',
      zh: '磁盘上凭证状态列表的文件名，及内存中列表标识的索引',
    },
    properties: ['integrity'],
    layer: 'application',
    international: 'SHA-256',
    sm: 'SM3',
    key: null,
    clause: '8.4 g)',
  },
  'question-name': {
    what: {
      en: 'Which answer belongs to which question of an online code: the same question has the same name, which tells nothing of the code',
      zh: '电子码查询与应答的对应关系：同一查询名称相同，且不泄露电子码',
    },
    properties: ['integrity'],
    layer: 'application',
    international: 'SHA-256',
    sm: 'SM3',
    key: null,
    clause: '8.4 f)',
  },
  'list-card-key': {
    what: {
      en: 'Places of cards in the list: an index, which protects nothing',
      zh: '卡在名单中的位置索引：不承担保护作用',
    },
    properties: ['integrity'],
    layer: 'application',
    given: ['SipHash-2-4-128'],
    why: {
      en: 'It spreads cards over a table under a key that is in the list; that no card number is learnt rests on the encryption of what travels',
      zh: '仅用于以名单自带的键值将卡散布到表中；卡号的保密由传输加密保证，不依赖此函数',
    },
    key: null,
    clause: '8.4 f)',
  },
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
    clause: '8.4 f), h)',
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
    clause: '8.4 d)',
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
    clause: '8.4 d)',
  },
} as const satisfies Readonly<Record<string, Use>>;
