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
    clause: '8.4 f)',
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
    clause: '8.4 h)',
  },
} as const satisfies Readonly<Record<string, Use>>;
