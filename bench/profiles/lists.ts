/** Lists: memory, load and look-up of a card list of 20 million cards, every answer held against its source. */
import { createHash } from 'node:crypto';
import { standaloneProfile } from './standalone.ts';

/** Names that end in one of these carry their unit. */
const UNITS = ['ms', 'us', 'ns', 'bytes', 'mib', 'per_s'];

export const lists = standaloneProfile({
  name: 'lists',
  about: 'memory, load and look-up of a card list at 20 million cards',
  title: 'Lists: a card list in memory',
  script: 'lists.ts',
  args: ({ seed, cards }) => [
    // The cards of this list are drawn from a number.
    ...['--seed', String(createHash('sha256').update(seed).digest().readUInt32BE(0))],
    ...(cards === null ? [] : ['--cards', String(cards)]),
  ],
  read: (report) => {
    const wrong = Number(report['wrong_present']) + Number(report['wrong_absent']);
    return {
      figures: Object.entries(report).flatMap(([name, value]) =>
        typeof value === 'number' ? [{ name, value, unit: unitOf(name) }] : [],
      ),
      wrong,
      verdicts: `${report['cards']} cards, ${wrong} wrong`,
    };
  },
});

function unitOf(name: string): string {
  return UNITS.find((unit) => name.endsWith(`_${unit}`)) ?? '';
}
