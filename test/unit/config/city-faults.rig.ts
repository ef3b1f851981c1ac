/** A small city that is good, and what makes it bad: each change with the place and the words it is told by. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const GOOD_CITY: Readonly<Record<string, string>> = {
  'city.yaml': 'revision: test\n',
  'services.yaml': `services:
  - service: 29
    kind: service
    title: { zh: 公交轨道, en: Bus and rail }
    lead: 市交通局
    card_modes: [physical, electronic]
    categories: [identity, payment]
    points: [gate, desk]
    plan: null
  - service: 11
    kind: service
    title: { zh: 酒店, en: Hotels }
    lead: 市公安局
    card_modes: [physical]
    categories: [identity]
    points: [desk]
    plan: null
  - service: 45
    kind: support
    title: { zh: 立法, en: Legislation }
    lead: 市司法局
    card_modes: []
    categories: []
    points: []
    plan: null
`,
  'groups.yaml': `groups:
  - group: senior
    title: { zh: 老年人, en: Senior }
    from:
      - card_bit: 0
      - { claim: accountType, in: [senior], family: transit-qr }
  - group: traveller
    title: { zh: 旅客, en: Traveller }
    from:
      - { claim: document_type, in: [passport], family: mdoc }
`,
  'regions.yaml': `regions:
  - region: cq
    title: { zh: 重庆, en: Chongqing }
    recognised: all
  - region: sc
    title: { zh: 四川, en: Sichuan }
    recognised: [29]
`,
  'policies.yaml': `policies:
  - policy: gate
    families: [transit-qr, chip-oda]
    regions: [cq, sc]
    unlisted: deny
    list_too_old: deny
    list_age_max_ms: 259200000
    replayable_ms_max: 900000
    live: never
    not_covered: deny
    stale: { per_card: 6, per_device: 500, per_outage: 2000, spent: deny, unlisted: deny }
    closed: deny
  - policy: desk
    families: [chip-oda, mdoc]
    regions: [cq]
    unlisted: refer
    list_too_old: refer
    list_age_max_ms: 86400000
    replayable_ms_max: 900000
    live: require
    could_not_ask: refer
    not_covered: refer
    stale: { per_card: 2, per_device: 50, per_outage: 500, spent: refer, unlisted: refer }
    closed: refer
    disclose: [family_name, birth_date]
`,
  'scenes/11-hotels.yaml': `scenes:
  - scene: 11/desk
    service: 11
    point: desk
    policy: desk
    title: { zh: 前台, en: Desk }
    requires:
      - { claim: age_over_18, in: [true], else: refer }
`,
  'scenes/29-transit.yaml': `scenes:
  - scene: 29/entry
    service: 29
    point: gate
    policy: gate
    direction: { area: station, passes: entry, passback_ms: 1000, passback: deny, out_of_turn: refer, inside_ms_max: 60000 }
    show:
      groups:
        - { group: senior, fare: free }
    receipts: [payment]
  - scene: 29/exit
    service: 29
    point: gate
    policy: gate
    direction: { area: station, passes: exit, out_of_turn: allow, inside_ms_max: 60000 }
`,
};

export function writeCity(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

/** `from` in the file is replaced by `to`; told at `where`, in these words. */
export interface BadCity {
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly where: string;
  readonly says: string;
}

/** Throws where the good city does not have what is to be replaced: such a change would test nothing. */
export function badCity({ file, from, to }: Pick<BadCity, 'file' | 'from' | 'to'>): Record<string, string> {
  const text = GOOD_CITY[file] ?? '';
  if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
  return { ...GOOD_CITY, [file]: text.replace(from, () => to) };
}

const POLICIES = 'policies.yaml';
const TRANSIT = 'scenes/29-transit.yaml';
const HOTELS = 'scenes/11-hotels.yaml';
const GROUPS = 'groups.yaml';
const REGIONS = 'regions.yaml';
const SERVICES = 'services.yaml';

const bad = (file: string, from: string, to: string, at: string, says: string): BadCity => ({
  file,
  from,
  to,
  where: at.includes('.yaml') ? at : `${file}:${at}`,
  says,
});

/** By what is wrong. */
export const BAD_CITIES: Readonly<Record<string, BadCity>> = {
  // What YAML has beyond values.
  'an anchor': bad(
    POLICIES,
    '[cq, sc]',
    '&r [cq, sc]',
    '4:17',
    'anchors (&r) are not read: write out the value where it is used',
  ),
  'an alias': bad(
    POLICIES,
    'regions: [cq]',
    'regions: *r',
    '15:14',
    'aliases (*r) are not read: write out what it stands for',
  ),
  'a tag': bad(
    'city.yaml',
    'test',
    '!!str test',
    '1:17',
    'tags (tag:yaml.org,2002:str) are not read: delete it, and put text into quotes',
  ),
  'a merge key': bad(
    HOTELS,
    '    point: desk\n',
    '    <<: { point: desk }\n',
    '4:5',
    'merge keys (<<) are not read: write out what they bring',
  ),
  'a directive': bad(
    'city.yaml',
    'revision',
    '%YAML 1.1\n---\nrevision',
    '1:1',
    'directives (%YAML, %TAG) are not read: delete the line',
  ),
  'a second document': bad(
    'city.yaml',
    'test\n',
    'test\n---\nrevision: other\n',
    '2:1',
    'a second document begins; put it into a file of its own',
  ),
  'a name twice in one place': bad(
    HOTELS,
    '    point: desk\n',
    '    point: desk\n    point: gate\n',
    '5:5',
    'this name is there twice: delete one of them',
  ),
  'nesting that would end the process': bad(
    'city.yaml',
    'test',
    '['.repeat(100_000),
    '1:34',
    'it is nested deeper than 24',
  ),
  'names without end': bad(
    'city.yaml',
    'test\n',
    `test\n${Array.from({ length: 300 }, (_, i) => `k${i}: 1\n`).join('')}`,
    '257:5',
    'more than 256 names in one place; lists begin with "- "',
  ),
  'a tab for indentation': bad(
    HOTELS,
    '    point: desk',
    '\tpoint: desk',
    '4:1',
    'a tab is no indentation: use spaces',
  ),
  'a list that is not closed': bad(
    POLICIES,
    'regions: [cq]',
    'regions: [cq',
    '16:5',
    'the indentation does not fit what is above it',
  ),
  // The shape.
  'an unknown list': bad(
    REGIONS,
    'regions:',
    'region:',
    '1:1',
    'nothing here is called "region"; did you mean regions?',
  ),
  'an unknown key of a policy': bad(
    POLICIES,
    '    closed: refer',
    '    close: refer',
    '24:5',
    'nothing here is called "close"; did you mean closed?',
  ),
  'an unknown key of a scene': bad(
    HOTELS,
    '    policy: desk',
    '    policy: desk\n    familes: [mdoc]',
    '6:5',
    'nothing here is called "familes"; did you mean families?',
  ),
  'a key every object inherits': bad(
    HOTELS,
    '    policy: desk',
    '    policy: desk\n    constructor: 1',
    '6:5',
    'nothing here is called "constructor"',
  ),
  'a key that would change the prototype': bad(
    HOTELS,
    '    policy: desk',
    '    policy: desk\n    __proto__: { point: gate }',
    '6:5',
    'nothing here is called "__proto__"',
  ),
  'a rule that is missing': bad(
    POLICIES,
    '    not_covered: refer\n',
    '',
    '13:5',
    'not_covered is missing: one of allow, refer, deny',
  ),
  'a value that is none of those': bad(
    POLICIES,
    'live: require',
    'live: required',
    '20:11',
    'live must be one of never, prefer, require, and is "required"; did you mean require?',
  ),
  'a number that is text': bad(
    POLICIES,
    'list_age_max_ms: 86400000',
    'list_age_max_ms: 1d',
    '18:22',
    'list_age_max_ms must be a whole number from 1 to 31536000000, and is "1d"',
  ),
  'a revision that YAML takes for a number': bad(
    'city.yaml',
    'test',
    '1.5',
    '1:11',
    'revision must be text of 1 to 64 characters, and is 1.5: put it into quotes',
  ),
  'an empty list of values': bad(HOTELS, 'in: [true]', 'in: []', '8:35', 'in must have at least 1 item'),
  'a requirement of no kind': bad(
    HOTELS,
    'claim: age_over_18, in: [true]',
    'clam: age_over_18',
    '8:11',
    'it must say one of group, entitlement, claim and in, claim and at_least, member_of; did you mean claim?',
  ),
  'a requirement without what else': bad(
    HOTELS,
    ', else: refer',
    '',
    '8:9',
    'else is missing: one of refer, deny',
  ),
  infinity: bad(HOTELS, 'in: [true]', 'at_least: .inf', '8:41', 'at_least must be a number'),
  'words in one language': bad(
    HOTELS,
    ', en: Desk',
    '',
    '6:12',
    'en is missing: text of 1 to 128 characters',
  ),
  // Names that lead nowhere.
  'an unknown family': bad(
    POLICIES,
    'transit-qr',
    'transit-qrs',
    '3:16',
    'there is no family transit-qrs; did you mean transit-qr?',
  ),
  'a family that no gate takes': bad(
    POLICIES,
    '[chip-oda, mdoc]',
    '[sm2-signature, mdoc]',
    '14:16',
    'there is no family sm2-signature',
  ),
  'an unknown policy': bad(
    HOTELS,
    'policy: desk',
    'policy: dsk',
    '5:13',
    'there is no policy dsk; did you mean desk?',
  ),
  'an unknown region': bad(
    POLICIES,
    'regions: [cq]',
    'regions: [cqq]',
    '15:15',
    'there is no region cqq; did you mean cq?',
  ),
  'an unknown group that is shown': bad(
    TRANSIT,
    'group: senior',
    'group: seniors',
    '9:20',
    'there is no group seniors; did you mean senior?',
  ),
  'an unknown group that is required': bad(
    HOTELS,
    'claim: age_over_18, in: [true]',
    'group: young',
    '8:18',
    'there is no group young; there are senior, traveller',
  ),
  'an unknown claim': bad(
    HOTELS,
    'age_over_18',
    'age_ovr_18',
    '8:18',
    'there is no claim age_ovr_18; did you mean age_over_*?',
  ),
  'an unknown family of a source': bad(
    GROUPS,
    'family: mdoc',
    'family: mdocs',
    '10:57',
    'there is no family mdocs; did you mean mdoc?',
  ),
  'an unknown claim of a source': bad(
    GROUPS,
    'claim: accountType',
    'claim: accountTyp',
    '6:18',
    'there is no claim accountTyp; did you mean accountType?',
  ),
  'an unknown service': bad(
    HOTELS,
    '11/desk\n    service: 11',
    '12/desk\n    service: 12',
    '3:14',
    'the plan has no service 12; it has 11 to 29',
  ),
  // Names that are there twice.
  'two scenes of one name': bad(
    TRANSIT,
    '29/exit',
    '29/entry',
    '11:12',
    'scene 29/entry is there twice: give one of them another name, or delete it; the other is at scenes/29-transit.yaml:2:12',
  ),
  'two scenes of one name in two files': bad(
    HOTELS,
    'scene: 11/desk\n    service: 11',
    'scene: 29/entry\n    service: 29',
    'scenes/29-transit.yaml:2:12',
    'scene 29/entry is there twice: give one of them another name, or delete it; the other is at scenes/11-hotels.yaml:2:12',
  ),
  'two policies of one name': bad(
    POLICIES,
    'policy: desk',
    'policy: gate',
    '13:13',
    'policy gate is there twice: give one of them another name, or delete it; the other is at policies.yaml:2:13',
  ),
  'two groups of one name': bad(
    GROUPS,
    'group: traveller',
    'group: senior',
    '7:12',
    'group senior is there twice',
  ),
  'two regions of one name': bad(REGIONS, 'region: sc', 'region: cq', '5:13', 'region cq is there twice'),
  'two services of one number': bad(
    SERVICES,
    'service: 45',
    'service: 11',
    '18:14',
    'service 11 is there twice',
  ),
  'two revisions': bad(
    REGIONS,
    'regions:',
    'revision: other\nregions:',
    'city.yaml:1:1',
    'revision is there twice, in regions.yaml:1:1 as well: keep one',
  ),
  // Claims that nobody there has.
  'a scene that discloses what no family has': bad(
    POLICIES,
    '    families: [transit-qr, chip-oda]',
    '    families: [transit-qr, chip-oda]\n    disclose: [full_name, address]',
    '4:27',
    'none of the families here (transit-qr, chip-oda) discloses address; take it out, or add one that does: mdoc, sd-jwt',
  ),
  'a claim that none of the families carries': bad(
    HOTELS,
    'age_over_18, in: [true]',
    'accountType, in: [senior]',
    '8:18',
    'none of the families here (chip-oda, mdoc) carries the claim accountType; take it out, or add one that does: transit-qr',
  ),
  'a personal claim that is required': bad(
    HOTELS,
    'age_over_18, in: [true]',
    'birth_date, in: [x]',
    '8:18',
    'birth_date is a personal claim: a scene may disclose it, and nothing is decided by it',
  ),
  'a group that nobody can belong to there': bad(
    TRANSIT,
    '    receipts: [payment]',
    '    requires: [{ group: traveller, else: deny }]',
    '10:25',
    'nobody can say who is of group traveller here: its sources are the claim document_type, which none of the families (transit-qr, chip-oda) carries',
  ),
  // What speaks against itself.
  'two requirements that exclude each other': bad(
    HOTELS,
    'else: refer }\n',
    'else: refer }\n      - { claim: age_over_18, in: [false], else: deny }\n',
    '9:9',
    'no value of claim age_over_18 meets both requirements: nobody would pass; delete one of them; the other is at scenes/11-hotels.yaml:8:9',
  ),
  'a requirement twice': bad(
    TRANSIT,
    '    receipts: [payment]',
    '    requires: [{ entitlement: 3, else: deny }, { entitlement: 3, else: refer }]',
    '10:48',
    'entitlement 3 is required twice: delete one of them',
  ),
  'a card with more than its device': bad(
    POLICIES,
    'per_card: 2',
    'per_card: 51',
    '23:24',
    'stale: per_card must not exceed per_device',
  ),
  'a device with more than all': bad(
    POLICIES,
    'per_device: 50,',
    'per_device: 501,',
    '23:39',
    'stale: per_device must not exceed per_outage',
  ),
  'live required without what else': bad(
    POLICIES,
    '    could_not_ask: refer\n',
    '',
    '20:11',
    'live: require needs could_not_ask',
  ),
  'what else without live required': bad(
    POLICIES,
    'live: require',
    'live: prefer',
    '21:20',
    'could_not_ask belongs to live: require, and to nothing else: delete it',
  ),
  'a window longer than what may be shown again': bad(
    POLICIES,
    'live: never',
    'live: never\n    replay_window_ms: 900001',
    '10:23',
    'replay_window_ms must not exceed replayable_ms_max',
  ),
  'an exit with passback': bad(
    TRANSIT,
    'passes: exit',
    'passes: exit, passback: deny',
    '15:57',
    'passback belongs to passes: entry: delete it',
  ),
  'a passback without its answer': bad(
    TRANSIT,
    ' passback: deny,',
    '',
    '6:61',
    'passback_ms needs passback: refer or deny',
  ),
  'a passback without its time': bad(
    TRANSIT,
    ' passback_ms: 1000,',
    '',
    '6:58',
    'passback needs passback_ms',
  ),
  'a passback longer than being inside': bad(
    TRANSIT,
    'passback_ms: 1000',
    'passback_ms: 60001',
    '6:61',
    'passback_ms must not exceed inside_ms_max (60000)',
  ),
  'an entry without an exit': bad(
    TRANSIT,
    'area: station, passes: entry',
    'area: platform, passes: entry',
    '6:16',
    'area platform has an entry (29/entry) and no exit',
  ),
  'an exit without an entry': bad(
    TRANSIT,
    'area: station, passes: exit',
    'area: platform, passes: exit',
    '15:16',
    'area platform has an exit (29/exit) and no entry',
  ),
  // The plan.
  'a name of another service': bad(
    HOTELS,
    'service: 11',
    'service: 29',
    '3:14',
    'scene 11/desk is of service 11 by its name, and says 29: change one of them',
  ),
  'a gate where people sit at desks': bad(
    HOTELS,
    'point: desk',
    'point: gate',
    '3:14',
    'service 11 (Hotels) is met at a desk, not at a gate',
  ),
  'a task that serves nobody': bad(
    HOTELS,
    '11/desk\n    service: 11',
    'law\n    service: 45',
    '3:14',
    'task 45 (Legislation) serves nobody by itself',
  ),
  'an electronic card where the plan has the physical one': bad(
    HOTELS,
    'policy: desk',
    'policy: desk\n    families: [token, mdoc]',
    '6:16',
    'service 11 (Hotels) takes the physical card alone, and token is the electronic one: take it out of families',
  ),
  'a receipt of what the service is not for': bad(
    HOTELS,
    'policy: desk',
    'policy: desk\n    receipts: [identity, payment]',
    '6:26',
    'service 11 (Hotels) is for identity, not for payment: take it out of receipts',
  ),
  'a region that is not recognised there': bad(
    HOTELS,
    'policy: desk',
    'policy: desk\n    regions: [cq, sc]',
    '6:19',
    'region sc is not recognised for service 11: take it out of regions, or name the service in recognised of the region',
  ),
};
