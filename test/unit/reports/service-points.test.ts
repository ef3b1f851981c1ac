/** The registry of service points, as YAML and as CSV: read strictly, and every fault with its place and what to do. */
import { describe, expect, test } from 'vitest';
import { readRegistryText } from '../../../reports/registry-source.ts';
import { checkRegistry } from '../../../reports/service-points.ts';
import { PLAN } from './plan.rig.ts';

function read(file: string, text: string) {
  const source = readRegistryText(file, text);
  const { registry, faults } = checkRegistry(source, PLAN);
  return { registry, faults: [...source.faults, ...faults].map(({ where, what }) => `${where}: ${what}`) };
}

const YAML = `points:
  - point: a
    service: 1
    name: { zh: 两路口, en: Lianglukou }
    district: 渝中区
    region: cq
    accepts: { physical: true, electronic: false }
    devices: [gate-1]
    scenes: [1/desk, 1/gate]
  - point: b
    service: 2
    name: { zh: 上清寺, en: Shangqingsi }
    district: 渝中区
    region: sc
    accepts: { physical: true, electronic: true }
    payment: { card_account: true, opens_bill: true }
    gateway: gw-2
disbursements:
  - { service: 3, period: '2026-01', recipients: 100, paid_to_card: 70 }
`;
const CSV_HEAD =
  'point,service,name_zh,name_en,district,region,accepts_physical,accepts_electronic,payment_card_account,payment_opens_bill,gateway,devices,scenes';
const CSV = `${CSV_HEAD}
a,1,两路口,Lianglukou,渝中区,cq,true,false,,,,gate-1,1/desk; 1/gate
b,2,上清寺,Shangqingsi,渝中区,sc,true,true,true,true,gw-2,,
`;

test('YAML and CSV say the same', () => {
  const [yaml, csv] = [read('points.yaml', YAML), read('points.csv', CSV)];
  expect([yaml.faults, csv.faults]).toEqual([[], []]);
  expect(csv.registry.points).toEqual(yaml.registry.points);
  const figures = read('figures.csv', 'service,period,recipients,paid_to_card\n3,2026-01,100,70\n');
  expect(figures.faults).toEqual([]);
  expect(figures.registry.disbursements).toEqual(yaml.registry.disbursements);
});

describe('faults in YAML', () => {
  test.each<[string, string, string, RegExp]>([
    ['a key that there is not', 'district:', 'distrct:', /^p\.yaml:5:5: .*distrct.*did you mean district\?/],
    [
      'a list that there is not',
      'disbursements:',
      'payments:',
      /^p\.yaml:18:1: .*called payments; did you mean|^p\.yaml:18:1: nothing here is called payments/,
    ],
    [
      'a key twice',
      '    region: cq',
      '    region: cq\n    region: sc',
      /^p\.yaml:7:5: this name is there twice: delete one/,
    ],
    [
      'an anchor',
      'accepts: { physical: true, electronic: false }',
      'accepts: &x { physical: true, electronic: false }',
      /^p\.yaml:7:\d+: anchors .*write out/,
    ],
    ['a tag', 'district: 渝中区', 'district: !!str 渝中区', /^p\.yaml:5:\d+: tags .*delete it/],
    [
      'a truth value that is none',
      'physical: true, electronic: false',
      'physical: yes, electronic: false',
      /^p\.yaml:7:26: physical must be true or false, and is "yes"/,
    ],
    [
      'something missing',
      '    district: 渝中区\n    region: cq\n',
      '    region: cq\n',
      /^p\.yaml:2:5: district is missing: text of 1 to 64/,
    ],
    [
      'a service that there is not',
      'service: 1',
      'service: 48',
      /^p\.yaml:3:14: the plan has no service 48; it has 1 to 5/,
    ],
    ['a supporting task', 'service: 1', 'service: 4', /^p\.yaml:3:14: 4 of the plan is a supporting task/],
    [
      'a card that the plan does not have',
      'service: 1',
      'service: 5',
      /^p\.yaml:7:26: the plan has no physical card for service 5: say false/,
    ],
    [
      'a payment where nothing is paid',
      '    devices: [gate-1]',
      '    payment: { card_account: true, opens_bill: false }\n    devices: [gate-1]',
      /^p\.yaml:8:14: nothing is paid at service 1/,
    ],
    [
      'a bill without an account',
      'card_account: true',
      'card_account: false',
      /^p\.yaml:16:30: a bill that the card opens/,
    ],
    [
      'a bill without an electronic card',
      'electronic: true',
      'electronic: false',
      /^p\.yaml:16:48: only an electronic card opens a bill/,
    ],
    [
      'devices without scenes',
      '    scenes: [1/desk, 1/gate]\n',
      '',
      /^p\.yaml:8:14: devices and scenes belong together: add scenes/,
    ],
    [
      'a scene that there is not',
      '1/gate]',
      '1/gat]',
      /^p\.yaml:9:22: there is no scene 1\/gat; did you mean 1\/gate\?/,
    ],
    [
      'a scene of another service',
      '1/gate]',
      '2/desk]',
      /^p\.yaml:9:22: scene 2\/desk is of service 2, and the point of 1/,
    ],
    ['a region that there is not', 'region: cq', 'region: cw', /^p\.yaml:6:13: there is no region cw; /],
    [
      'a point twice',
      'point: b',
      'point: a',
      /^p\.yaml:10:12: point a is there twice.*the other is at p\.yaml:2:12/,
    ],
    [
      'a device twice',
      'devices: [gate-1]',
      'devices: [gate-1, gate-1]',
      /^p\.yaml:8:23: device gate-1 at scene 1\/desk is there twice/,
    ],
    [
      'figures of who pays nothing out',
      'service: 3,',
      'service: 1,',
      /^p\.yaml:19:16: service 1 pays nothing out by the plan; 3 do/,
    ],
    [
      'more paid than there are',
      'paid_to_card: 70',
      'paid_to_card: 101',
      /^p\.yaml:19:\d+: 101 of 100 recipients cannot be/,
    ],
    ['a period that is none', "'2026-01'", "'2026-13'", /^p\.yaml:19:27: period must be text of the form/],
    [
      'a month and its year',
      "'2026-01', recipients: 100, paid_to_card: 70 }",
      "'2026-01', recipients: 100, paid_to_card: 70 }\n  - { service: 3, period: '2026', recipients: 1, paid_to_card: 1 }",
      /^p\.yaml:19:27: 2026-01 is within a year that is counted as well: .*p\.yaml:20:27/,
    ],
    [
      'a period twice',
      'recipients: 100, paid_to_card: 70 }',
      "recipients: 100, paid_to_card: 70 }\n  - { service: 3, period: '2026-01', recipients: 1, paid_to_card: 1 }",
      /^p\.yaml:20:27: service 3 in 2026-01 is there twice/,
    ],
  ])('%s', (_what, before, after, fault) => {
    expect(YAML).toContain(before);
    const { faults } = read('p.yaml', YAML.replace(before, after));
    expect(faults.join('\n')).toMatch(new RegExp(fault, 'm'));
  });

  test.each<[string, string, RegExp]>([
    ['nothing', '', /^p\.yaml:1:1: a registry has "points:"/],
    ['a list', '- a\n', /^p\.yaml:1:1: a registry has/],
    ['points that are no list', 'points: 3\n', /^p\.yaml:1:9: points must be a list/],
  ])('%s', (_what, text, fault) => {
    expect(read('p.yaml', text).faults[0]).toMatch(fault);
  });
});

describe('faults in CSV', () => {
  test.each<[string, string, string, RegExp]>([
    [
      'a column that there is not',
      'district',
      'distrct',
      /^p\.csv:1:31: there is no column "distrct"; did you mean district\?/,
    ],
    ['a column twice', 'name_en', 'name_zh', /^p\.csv:1:23: column name_zh is there twice/],
    [
      'a line that is too short',
      ',gate-1,1/desk; 1/gate',
      '',
      /^p\.csv:2:1: this line has 11 fields, and the first has 13/,
    ],
    [
      'a truth value that is none',
      'true,false',
      'yes,false',
      /^p\.csv:2:27: physical must be true or false, and is "yes"/,
    ],
    [
      'a number that is none',
      'a,1,',
      'a,one,',
      /^p\.csv:2:3: service must be a whole number from 1 to 10000, and is "one"/,
    ],
    ['a scene that there is not', '1/gate', '1/gat', /^p\.csv:2:48: there is no scene 1\/gat/],
    ['an open quote', 'Shangqingsi', '"Shangqingsi', /^p\.csv:3:9: the quote of this field is never closed/],
    ['an empty field', '渝中区,cq', ',cq', /^p\.csv:2:1: district is missing/],
  ])('%s', (_what, before, after, fault) => {
    expect(CSV).toContain(before);
    const { faults } = read('p.csv', CSV.replace(before, after));
    expect(faults.join('\n')).toMatch(new RegExp(fault, 'm'));
  });
});
