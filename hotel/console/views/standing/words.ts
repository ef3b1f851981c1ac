import { dictionary } from '../../words/dictionary.ts';

export const STANDING = dictionary({
  region: { zh: '网关状态', en: 'How the gateway stands' },
  lists: { zh: '平台暂时连不上，按本机名单核验', en: 'Offline: cards are checked by the lists at hand' },
  stale: { zh: '平台连不上，名单已旧', en: 'Offline, and the lists are old' },
  closed: { zh: '没有可用的名单，无法核验卡片状态', en: 'Nothing usable is known of the cards' },
  forced: { zh: '由管理员设定', en: 'set by an operator' },
  since: { zh: (time: string) => `自 ${time}`, en: (time: string) => `since ${time}` },
  listAge: { zh: (age: string) => `名单已有 ${age}`, en: (age: string) => `lists ${age} old` },
  accepted: { zh: '仍可办理', en: 'Still accepted' },
  referred: { zh: '可以读取，由您核对决定', en: 'Read, and decided by you' },
  refused: { zh: '暂不能核验', en: 'Not verified now' },
  waits: { zh: '等待中', en: 'Waiting' },
  outbox: {
    zh: (count: number) => `${count} 条判定待上传`,
    en: (count: number) => `${count} decisions for the platform`,
  },
  guests: {
    zh: (count: number) => `${count} 位住客待决定`,
    en: (count: number) => `${count} guests to be decided`,
  },
  reports: {
    zh: (count: number) => `${count} 份上报待发送`,
    en: (count: number) => `${count} reports to public security`,
  },
  again: {
    zh: (count: number) => `${count} 位住客当时通过，按现在的名单会被拒绝`,
    en: (count: number) => `${count} guests accepted then would be refused now`,
  },
  kept: {
    zh: '已办理的入住不会变成失败；平台恢复后会重新判定，并在此说明。',
    en: 'No check-in turns into a failure: each is judged again when the platform is back, and told here.',
  },
  back: { zh: '平台已恢复。', en: 'The platform is back.' },
  gone: { zh: '连不上前台服务，正在重试…', en: 'The desk’s service does not answer. Trying again…' },
  chip: { zh: '卡片芯片', en: 'card chips' },
  ride: { zh: '乘车码', en: 'ride codes' },
  token: { zh: '在线二维码', en: 'online codes' },
  phone: { zh: '手机证件', en: 'phone documents' },
  health: { zh: '健康证明', en: 'health certificates' },
});

const FAMILIES: Readonly<Record<string, () => string>> = {
  'chip-oda': () => STANDING.chip,
  'card-pki': () => STANDING.chip,
  'transit-qr': () => STANDING.ride,
  token: () => STANDING.token,
  mdoc: () => STANDING.phone,
  'sd-jwt': () => STANDING.phone,
  hcert: () => STANDING.health,
  shc: () => STANDING.health,
};

/** Each kind once, in words. */
export const kindsOf = (families: readonly string[]): string =>
  [...new Set(families.map((family) => FAMILIES[family]?.() ?? family))].join(', ');
