/** What the journal of decisions is protected by. */
import type { Use } from './use.ts';

export const JOURNAL_USES = {
  'journal-tree': {
    what: {
      en: 'Journal of decisions: a record cannot be changed, added or taken out unseen',
      zh: '核验日志：记录不可被暗中修改、增添或删除',
    },
    properties: ['integrity'],
    layer: 'application',
    international: 'SHA-256',
    sm: 'SM3',
    key: null,
    clause: '8.4 g)',
  },
  'journal-checkpoint': {
    what: {
      en: 'Checkpoints of the journal: the gateway cannot deny what it decided',
      zh: '日志检查点：网关不可否认其作出的决定',
    },
    properties: ['integrity', 'non-repudiation'],
    layer: 'application',
    international: 'Ed25519',
    sm: 'SM2',
    key: {
      name: { en: 'checkpoint key of the gateway', zh: '网关检查点签名密钥' },
      holder: { en: 'the gateway: file, token or cipher machine', zh: '网关：密钥文件、密码卡或密码机' },
      life: { en: 'of the journal', zh: '与日志同寿' },
      rotation: { en: 'with a new journal', zh: '随新日志更换' },
    },
    clause: '8.4 g), h)',
  },
  'journal-names': {
    what: {
      en: 'Names of persons, cards and presentations in records: without the key nobody can tell whose they are',
      zh: '记录中人员、卡片与出示内容的假名：无密钥者无法识别其归属',
    },
    properties: ['confidentiality', 'integrity'],
    layer: 'application',
    international: 'HMAC-SHA-256',
    sm: 'HMAC-SM3',
    key: {
      name: { en: 'key of the pseudonyms, of this gateway alone', zh: '假名密钥，仅属本网关' },
      holder: { en: 'the gateway: file in the folder of the journal', zh: '网关：日志目录中的密钥文件' },
      life: { en: 'of the journal', zh: '与日志同寿' },
      rotation: { en: 'with a new journal, or with the profile', zh: '随新日志或随密码配置更换' },
    },
    clause: '8.4 e)',
  },
  'key-fingerprint': {
    what: {
      en: 'Fingerprint by which data file, folder and checkpoints name the key of the pseudonyms',
      zh: '数据文件、目录与检查点标识假名密钥所用的指纹',
    },
    properties: ['integrity'],
    layer: 'application',
    international: 'SHA-256',
    sm: 'SM3',
    key: null,
    clause: '8.4 g)',
  },
  'backup-digest': {
    what: {
      en: 'Files of a backup of the journal: a damaged one is not restored',
      zh: '日志备份中的文件：损坏者不予恢复',
    },
    properties: ['integrity'],
    layer: 'application',
    international: 'SHA-256',
    sm: 'SM3',
    key: null,
    clause: '8.4 f)',
  },
  'journal-comparison': {
    what: {
      en: 'Digest by which a journal and the copy at the platform are compared (`onecard journal reconcile`)',
      zh: '日志与平台副本比对所用的摘要（`onecard journal reconcile`）',
    },
    properties: ['integrity'],
    layer: 'application',
    given: ['SHA-256', 'CRC-32'],
    why: {
      en: 'The platform answers so. It protects nothing: what counts are the checkpoints.',
      zh: '由平台接口规定。该比对不承担保护作用，完整性以检查点为准。',
    },
    key: null,
    clause: '8.4 f)',
  },
  'upload-digest': {
    what: {
      en: 'Which journal records the platform confirms over the bus: an answer is not taken for another',
      zh: '平台经总线确认的日志记录范围：应答不致错配',
    },
    properties: ['integrity'],
    layer: 'application',
    international: 'SHA-256',
    sm: 'SM3',
    key: null,
    clause: '8.4 f)',
  },
  'shared-names': {
    what: {
      en: 'Names that the gateways of a cluster give one showing of a code, so that it is taken once',
      zh: '集群各网关对同一次出码的共用名称，确保只受理一次',
    },
    properties: ['integrity', 'confidentiality'],
    layer: 'application',
    international: 'HMAC-SHA-256',
    sm: 'HMAC-SM3',
    key: {
      name: { en: 'key of the cluster, derived for replay', zh: '集群密钥派生的防重放密钥' },
      holder: { en: 'every gateway of the cluster: file', zh: '集群内各网关：密钥文件' },
      life: { en: 'until it is changed', zh: '至更换为止' },
      rotation: { en: 'two in force while it changes', zh: '更换期间新旧两把同时有效' },
    },
    clause: '8.4 f)',
  },
} as const satisfies Readonly<Record<string, Use>>;
