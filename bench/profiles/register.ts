/** Register: today's list, exact search and purge of a day, of a hotel's register of a million stays. */
import { standaloneProfile } from './standalone.ts';

const UNITS = ['ms', 'per_s'];

export const register = standaloneProfile({
  name: 'register',
  about:
    "a hotel's register: today's list, exact search, purge of a day, at a million stays (--cards: how many)",
  title: 'Register: guests of a hotel, sealed',
  script: 'register.ts',
  args: ({ seed, cards }) => ['--seed', seed, ...(cards === null ? [] : ['--stays', String(cards)])],
  read: (report) => ({
    figures: Object.entries(report).flatMap(([name, value]) =>
      typeof value === 'number'
        ? [{ name, value, unit: UNITS.find((unit) => name.endsWith(`_${unit}`)) ?? '' }]
        : [],
    ),
    wrong: Number(report['wrong']),
    verdicts: `${report['stays']} stays, ${report['wrong']} wrong`,
  }),
});
