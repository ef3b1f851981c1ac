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
} as const satisfies Readonly<Record<string, Use>>;
