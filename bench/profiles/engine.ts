/** Engine: verifications a second of every signature engine on one core, beside OpenSSL. */
import { standaloneProfile } from './standalone.ts';

interface Cell {
  readonly curve: string;
  readonly engine: string;
  readonly batch: number;
  readonly keys: string;
  readonly verifies_per_s: { readonly median: number };
}

export const engine = standaloneProfile({
  name: 'engine',
  about: 'verifications a second of every signature engine, beside OpenSSL',
  title: 'Engine: verifications on one core',
  script: 'engine.ts',
  args: ({ seed, seconds }) => ['--seed', seed, ...(seconds === null ? [] : ['--seconds', String(seconds)])],
  read: (report) => ({
    figures: (report['figures'] as readonly Cell[]).map(
      ({ curve, engine: name, batch, keys, verifies_per_s }) => ({
        name: `${curve}, ${name}, ${keys}, batch ${batch}`,
        value: verifies_per_s.median,
        unit: 'verifies/s',
      }),
    ),
    wrong: Number(report['wrong_verdicts']),
    verdicts: String(report['verdicts_sha256']),
  }),
});
