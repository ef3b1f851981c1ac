/** Start: from the command to the first answered tap. */
import { standaloneProfile } from './standalone.ts';

interface Started {
  readonly started: string;
  readonly first_tap_p50_ms: number;
  readonly first_tap_worst_ms: number;
  readonly processor_p50_ms: number;
  readonly first_tap_ratio: number;
}

export const start = standaloneProfile({
  name: 'start',
  about: 'from the command to the first answered tap, of the sources and of the package',
  title: 'Start: from the command to the first answered tap',
  script: 'start/start.ts',
  args: ({ seed }) => ['--seed', seed],
  read: (report) => ({
    figures: (report['figures'] as readonly Started[]).flatMap((each, i) => [
      { name: `${each.started}: p50`, value: each.first_tap_p50_ms, unit: 'ms' },
      { name: `${each.started}: worst`, value: each.first_tap_worst_ms, unit: 'ms' },
      { name: `${each.started}: processor time`, value: each.processor_p50_ms, unit: 'ms' },
      ...(i === 0
        ? []
        : [
            {
              name: `${each.started}: beside the one before, in turns`,
              value: each.first_tap_ratio,
              unit: '×',
            },
          ]),
    ]),
    // A tap that is not allowed ends the script.
    wrong: 0,
    verdicts: 'every first tap was allowed',
  }),
});
