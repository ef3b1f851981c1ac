/** Policy: what the city's rules cost a tap, with 300 scenes. */
import { standaloneProfile } from './standalone.ts';

interface Figure {
  readonly asks: string;
  readonly us_per_tap: number;
  readonly added_us: number;
}

export const policy = standaloneProfile({
  name: 'policy',
  about: 'what groups, requirements and direction cost a tap, with 300 scenes',
  title: 'Policy: cost of the city’s rules, on the main thread',
  script: 'policy.ts',
  args: ({ seed }) => ['--seed', seed],
  read: (report) => ({
    figures: (report['figures'] as readonly Figure[]).flatMap(({ asks, us_per_tap, added_us }) => [
      { name: `a scene that asks ${asks}`, value: us_per_tap, unit: 'µs/tap' },
      ...(asks === 'nothing' ? [] : [{ name: `of that for ${asks}`, value: added_us, unit: 'µs/tap' }]),
    ]),
    wrong: Number(report['wrong_decisions']),
    verdicts: JSON.stringify(report['codes']),
  }),
});
