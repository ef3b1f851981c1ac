/** What devices and those who ask are known by. */
import type { Use } from './use.ts';

export const DEVICE_USES = {
  'device-token': {
    what: {
      en: 'Tokens by which gates, desks and other devices prove who they are, each used once',
      zh: '闸机、前台终端等设备证明身份的令牌，每个令牌只用一次',
    },
    properties: ['authenticity', 'integrity'],
    layer: 'application',
    international: 'ES256',
    sm: 'SM2',
    key: {
      name: { en: 'signing key of the device', zh: '设备签名密钥' },
      holder: {
        en: 'the device; the gateway has the public key that is enrolled',
        zh: '设备持有私钥；网关仅存已登记的公钥',
      },
      life: { en: 'until the device is revoked or enrolled anew', zh: '至设备被吊销或重新登记为止' },
      rotation: {
        en: 'the device is enrolled anew with its next key',
        zh: '以新密钥重新登记设备',
      },
    },
    clause: '8.4 a)',
  },
  'used-token': {
    what: {
      en: 'Names of used device tokens, by which a token is taken once',
      zh: '已用设备令牌的名称，使每个令牌只受理一次',
    },
    properties: ['authenticity'],
    layer: 'application',
    international: 'SHA-256',
    sm: 'SM3',
    key: null,
    clause: '8.4 a)',
  },
  'session-token': {
    what: {
      en: 'Session tokens of devices: the gateway keeps their digests alone',
      zh: '设备会话令牌：网关只保存其摘要',
    },
    properties: ['confidentiality'],
    layer: 'application',
    international: 'SHA-256',
    sm: 'SM3',
    key: null,
    clause: '8.4 e)',
  },
  challenge: {
    what: {
      en: 'Challenges for credentials: which device and scene each is for, and until when',
      zh: '发给凭证的挑战值：绑定设备、场景与有效期',
    },
    properties: ['authenticity', 'integrity'],
    layer: 'application',
    international: 'HMAC-SHA-256',
    sm: 'HMAC-SM3',
    key: {
      name: { en: 'key of challenges', zh: '挑战值密钥' },
      holder: { en: 'the gateway: memory alone', zh: '网关：仅在内存中' },
      life: { en: 'of the process', zh: '与进程同寿' },
      rotation: { en: 'at each start', zh: '每次启动时更换' },
    },
    clause: '8.4 a)',
  },
  'admin-token': {
    what: {
      en: 'Token of the operators’ address: what is shown is compared by its digest',
      zh: '运维地址的访问令牌：按摘要比对',
    },
    properties: ['authenticity'],
    layer: 'device',
    international: 'SHA-256',
    sm: 'SM3',
    key: null,
    clause: '8.3 a)',
  },
  'scenes-tag': {
    what: {
      en: 'Tags by which a device learns that its scenes are as they were',
      zh: '设备据以判断场景未变的标签',
    },
    properties: ['integrity'],
    layer: 'application',
    international: 'SHA-256',
    sm: 'SM3',
    key: null,
    clause: '8.4 f)',
  },
} as const satisfies Readonly<Record<string, Use>>;
