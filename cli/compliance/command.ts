/** `onecard compliance`: what an assessor of cryptography asks, out of the table that the code asks. */
import { Command, Option } from 'commander';
import { CRYPTO_PROFILES, type CryptoProfile } from '../../config/crypto-settings.ts';
import { asJson, deliver } from '../report-options.ts';
import { runOrExplain } from '../unusable.ts';
import { complianceCsv } from './csv.ts';
import { compliancePage } from './page.ts';
import { type ComplianceReport, complianceReport, type Language } from './report.ts';
import { complianceText } from './text.ts';
import { WORDS } from './words.ts';

const FORMATS = ['table', 'csv', 'json', 'html'] as const;

interface Options {
  readonly profile: CryptoProfile;
  readonly format: (typeof FORMATS)[number];
  readonly lang: Language;
  readonly out?: string;
}

const HELP = `
Nothing is read: no settings, no data folder, no network. What a gateway does with the profile is what is printed.
docs/cryptography.md says how keys live, and how a gateway changes from one profile to the other.

Exit status: 0 when it was done, 2 when the options or the file cannot be used.

Examples:
  $ onecard compliance --standard gbt-39786 --level 3
  $ onecard compliance --format html --lang zh --out compliance.html
  $ onecard compliance --profile international --format csv`;

export function complianceCommand(): Command {
  return new Command('compliance')
    .description('Say what is signed, sealed and hashed, with what, and what an assessment asks beyond it.')
    .addOption(
      new Option('--standard <standard>', 'whose clauses').choices(['gbt-39786']).default('gbt-39786'),
    )
    .addOption(new Option('--level <level>', 'of the system that is assessed').choices(['3']).default('3'))
    .addOption(new Option('--profile <profile>', 'of crypto.profile').choices(CRYPTO_PROFILES).default('sm'))
    .addOption(new Option('--format <format>', 'how it is written').choices(FORMATS).default('table'))
    .addOption(new Option('--lang <language>', 'its language').choices(['en', 'zh']).default('en'))
    .option('--out <file>', 'write it to a file, in place of standard output')
    .addHelpText('after', HELP)
    .action(({ profile, format, lang, out }: Options) =>
      runOrExplain('compliance', [], async () => {
        deliver(written(complianceReport(profile, lang), format, lang), out, false);
      }),
    );
}

function written(report: ComplianceReport, format: Options['format'], language: Language): string {
  const words = WORDS[language];
  switch (format) {
    case 'table':
      return complianceText(report, words);
    case 'csv':
      // Without the mark a spreadsheet takes Chinese characters for others.
      return `\uFEFF${complianceCsv(report, words)}`;
    case 'json':
      return asJson(report);
    case 'html':
      return compliancePage(report, words, language);
  }
}
