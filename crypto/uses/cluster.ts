/** What the gateways of a cluster tell and take from each other is protected by. */
import type { Use } from './use.ts';

const CLUSTER_KEY = {
  name: { en: 'key of the cluster, derived for this use', zh: '集群密钥，按用途派生' },
  holder: { en: 'every gateway of the cluster: file', zh: '集群内各网关：密钥文件' },
  life: { en: 'until it is changed', zh: '至更换为止' },
  rotation: { en: 'two in force while it changes', zh: '更换期间新旧两把同时有效' },
} as const;

export const CLUSTER_USES = {
  'cluster-key': {
    what: {
      en: 'Derivation of the keys of a cluster: each use has one of its own (HKDF)',
      zh: '集群密钥的派生：每种用途各有密钥（HKDF）',
    },
    properties: ['confidentiality'],
    layer: 'application',
    international: 'HMAC-SHA-256',
    sm: 'HMAC-SM3',
    key: CLUSTER_KEY,
    clause: '8.4 e)',
  },
  'cluster-device': {
    what: {
      en: 'Devices that one gateway enrols or revokes, on their way to the others: nobody else makes or changes one',
      zh: '一台网关登记或吊销的设备传给其他网关：他人不可伪造或篡改',
    },
    properties: ['authenticity', 'integrity'],
    layer: 'application',
    international: 'HMAC-SHA-256',
    sm: 'HMAC-SM3',
    key: CLUSTER_KEY,
    clause: '8.4 f)',
  },
  'cluster-token': {
    what: {
      en: 'Names of device tokens in the store of the cluster, by which one is taken once in all',
      zh: '集群共享存储中设备令牌的名称，使其在全集群只受理一次',
    },
    properties: ['authenticity', 'confidentiality'],
    layer: 'application',
    international: 'HMAC-SHA-256',
    sm: 'HMAC-SM3',
    key: CLUSTER_KEY,
    clause: '8.4 a)',
  },
  'budget-name': {
    what: {
      en: 'Names of cards in the store of the cluster, whose uses are counted: without the key nobody can tell whose they are',
      zh: '集群共享存储中计次卡片的名称：无密钥者无法识别其归属',
    },
    properties: ['confidentiality'],
    layer: 'application',
    international: 'HMAC-SHA-256',
    sm: 'HMAC-SM3',
    key: CLUSTER_KEY,
    clause: '8.4 e)',
  },
  'tap-mark': {
    what: {
      en: 'Mark of the tap that took a showing, by which the same tap sent again is known',
      zh: '受理一次出码的刷卡标记，用于识别重发的同一次刷卡',
    },
    properties: ['integrity'],
    layer: 'application',
    international: 'SHA-256',
    sm: 'SM3',
    key: null,
    clause: '8.4 f)',
  },
} as const satisfies Readonly<Record<string, Use>>;
