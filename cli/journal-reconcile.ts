/** `onecard journal reconcile`: this journal against what the platform holds of it. */
import { join } from 'node:path';
import { Command } from 'commander';
import { loadSettings } from '../config/load-settings.ts';
import { openJournalReader } from '../gateway/journal/journal-reader.ts';
import { type Difference, type EpochReport, type Run, reconcile } from '../gateway/journal/reconcile.ts';
import { readPlatformToken } from '../gateway/link/platform-files.ts';
import { PlatformError } from '../gateway/outbound/platform-error.ts';
import { heldAt } from '../gateway/outbox/held-records.ts';
import { existing } from './data-folder.ts';
import { explained, FOUND_EXIT_CODE } from './journal-folder.ts';
import { startProgress } from './progress.ts';
import { UnusableError } from './unusable.ts';

const HELP = `
For each epoch of the journal: which positions are here, which the platform holds, and whether those that both have are
the same. What waits to be sent, and what was given up here after it was confirmed, is no difference. Works beside a
running gateway. The platform's word is not signed here: use TLS to it (platform.url).

Exit status: 0 when the two sides agree, 1 when they differ, 2 when options, journal or platform cannot be used.

Example:
  $ onecard journal reconcile --config gateway.json`;

const SAID: Readonly<Record<Difference['what'], string>> = {
  not_held: 'confirmed by the platform, and not held by it',
  differs: 'not the same on both sides',
  not_here: 'held by the platform, and not in this journal',
};

export function reconcileCommand(): Command {
  return new Command('reconcile')
    .description('Compare the journal with what the platform holds of it.')
    .requiredOption('--config <file>', "the gateway's settings, which name its data folder and its platform")
    .option('--json', 'one JSON object')
    .addHelpText('after', HELP)
    .action(({ config, json }: { config: string; json?: boolean }) =>
      explained('reconcile', () => run(config, json === true), [PlatformError]),
    );
}

async function run(config: string, json: boolean): Promise<void> {
  const { platform, gateway_id, data_dir } = loadSettings(config);
  if (!platform) throw new UnusableError(`${config} names no platform to compare with`);
  const token = readPlatformToken(platform.token_file);
  const endpoint = { url: platform.url, token, timeoutMs: platform.timeout_ms };
  const reader = openJournalReader(existing(join(data_dir, 'journal'), 'journal'));
  try {
    const progress = startProgress();
    const reports = await reconcile(reader, heldAt(endpoint, gateway_id), (compared) =>
      progress.at(null, `${compared} records compared`),
    );
    progress.done();
    const differences = reports.reduce((sum, report) => sum + report.differences.length, 0);
    if (json) console.log(JSON.stringify({ gateway_id, epochs: reports }));
    else for (const line of [...reports.flatMap(lines), summary(differences)]) console.log(line);
    if (differences > 0) process.exitCode = FOUND_EXIT_CODE;
  } finally {
    await reader.close();
  }
}

function lines({ epoch, here, held, waiting, givenUp, differences }: EpochReport): string[] {
  const remarks = [
    ...(waiting > 0 ? [`${waiting} wait to be confirmed`] : []),
    ...(givenUp > 0 ? [`${givenUp} given up here`] : []),
  ].map((remark) => `; ${remark}`);
  const sides = `here ${here === null ? 'nothing' : positions(here)}; held ${held.map(positions).join(', ') || 'nothing'}`;
  return [
    `epoch ${epoch}: ${sides}${remarks.join('')}`,
    ...differences.map(({ what, run }) => `  positions ${positions(run)}: ${SAID[what]}`),
  ];
}

const positions = ([first, last]: Run) => (first === last ? `${first}` : `${first} to ${last}`);
const summary = (differences: number) =>
  differences === 0 ? 'the two sides agree' : `the two sides differ: ${differences} ranges`;
