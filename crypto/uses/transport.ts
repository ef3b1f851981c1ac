/**
 * What protects what is on the way. In profile `sm` a front beside the gateway ends it (deploy/tlcp-front): TLCP of
 * GB/T 38636-2020, or TLS 1.3 with the suites of RFC 8998.
 */
import type { ProfileUse, Said, Use } from './use.ts';

const PAIR: ProfileUse['key'] = {
  name: {
    en: 'signing and encryption pair of the front (GM/T 0015), in profile international the key of the TLS certificate',
    zh: '前置代理的签名与加密双证书密钥对（GM/T 0015）；国际算法下为 TLS 证书密钥',
  },
  holder: {
    en: 'the front: key files of its own user; signing pair made there, encryption pair by the CA',
    zh: '前置代理：仅其运行用户可读的密钥文件；签名密钥对在本地产生，加密密钥对由 CA 产生',
  },
  life: { en: 'of the certificate', zh: '与证书有效期相同' },
  rotation: {
    en: 'new files and a reload: connections that come after it have the new pair',
    zh: '更换文件后重新加载：其后建立的连接使用新密钥对',
  },
};

/** A way between two machines: GB/T 39786-2021 clause 8.2. */
function way(what: Said) {
  return {
    what,
    properties: ['authenticity', 'integrity', 'confidentiality'],
    layer: 'network',
    international: 'TLS',
    sm: 'TLCP',
    key: PAIR,
    clause: '8.2 a), b), c)',
  } as const satisfies ProfileUse;
}

export const TRANSPORT_USES = {
  'gate-transport': way({
    en: 'What gates, desks and batch clients send and are answered',
    zh: '闸机、柜台与批量客户端的请求与应答',
  }),
  'desk-transport': way({
    en: "The hotel desk: its console, its interface, guests' phones",
    zh: '酒店前台：操作界面、接口与旅客手机的通信',
  }),
  'platform-transport': way({
    en: 'The link to the central platform: trust, lists, status answers, records of the journal',
    zh: '与中心平台的链路：信任文档、名单、状态应答与日志记录',
  }),
  'bus-transport': way({
    en: 'The bus between gateways (NATS): lists, records, modes',
    zh: '网关间消息总线（NATS）：名单、记录与运行模式',
  }),
  'store-transport': way({
    en: 'The store of what is used up (Valkey or Redis)',
    zh: '一次性使用状态存储（Valkey 或 Redis）的通信',
  }),
  'register-transport': way({
    en: 'The way to the database of the register (PostgreSQL)',
    zh: '与住宿登记数据库（PostgreSQL）的通信',
  }),
  'admin-transport': {
    ...way({
      en: 'The address for operators: metrics, readiness, mode',
      zh: '运维地址：指标、就绪状态与运行模式',
    }),
    layer: 'device',
    clause: '8.3 b)',
  },
} as const satisfies Readonly<Record<string, Use>>;
