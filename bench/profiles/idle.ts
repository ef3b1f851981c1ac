/** Idle: a thousand gates that are connected and silent. */
import { standaloneProfile } from './standalone.ts';

interface Thread {
  readonly thread: string;
  readonly core_percent: number;
  readonly wake_ups_per_s: number;
}

export const idle = standaloneProfile({
  name: 'idle',
  about: 'what a gateway uses of a core while a thousand gates are silent',
  title: 'Idle: a thousand silent gates',
  script: 'idle.ts',
  args: ({ seconds, settings }) => [
    ...['--settings', JSON.stringify(settings)],
    ...(seconds === null ? [] : ['--seconds', String(seconds)]),
  ],
  read: (report) => ({
    figures: [
      { name: 'all threads', value: Number(report['core_percent']), unit: '% of a core' },
      ...(report['threads'] as readonly Thread[]).flatMap(({ thread, core_percent, wake_ups_per_s }) => [
        { name: thread, value: core_percent, unit: '% of a core' },
        { name: `${thread}, wake-ups`, value: wake_ups_per_s, unit: '/s' },
      ]),
    ],
    wrong: Number(report['lost']),
    verdicts: `${report['gates']} gates, ${report['lost']} lost`,
  }),
});
