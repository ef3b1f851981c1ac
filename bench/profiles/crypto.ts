/** Crypto: what is sealed and signed beside the taps, by the algorithms of both profiles. */
import { standaloneProfile } from './standalone.ts';

interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly p50: number;
  readonly p99: number;
}

export const crypto = standaloneProfile({
  name: 'crypto',
  about: 'sealing and opening a row of the register, and signing a checkpoint, in both crypto.profiles',
  title: 'Crypto: seals and checkpoints of both profiles, on one thread',
  script: 'crypto.ts',
  args: ({ seed, seconds }) => ['--seed', seed, ...(seconds === null ? [] : ['--seconds', String(seconds)])],
  read: (report) => ({
    figures: [
      { name: 'row of the register', value: Number(report['row_bytes']), unit: 'bytes' },
      ...(report['figures'] as readonly Figure[]).flatMap(({ name, unit, p50, p99 }) => [
        { name: `${name}, p50`, value: p50, unit },
        { name: `${name}, p99`, value: p99, unit },
      ]),
    ],
    wrong: Number(report['wrong']),
    verdicts: `${report['wrong']} wrong`,
  }),
});
