/** `onecard conformance`: runs published test data through the verifiers, and says where they agree. */
import { Argument, Command } from 'commander';
import { runOrExplain, UnusableError } from '../unusable.ts';
import { agrees, type ConformanceCase, type Suite } from './suite.ts';
import { SUITES } from './suites.ts';

const DISAGREED_EXIT_CODE = 1;

const HELP = () => `
Suites, and what their folder holds:
${SUITES.map(({ name, about }) => `  ${name.padEnd(12)}${about}`).join('\n')}

A case agrees where what was expected is what came out. Unsupported cases are counted apart; docs/conformance.md gives the
reason of each disagreement that is meant.

Exit status: 0 when no case disagrees but by a written rule, 1 when one does, 2 when the folder cannot be used.

Examples:
  $ onecard conformance sd-jwt vectors/sd-jwt
  $ onecard conformance x509-limbo vectors/x509-limbo --json | jq '.cases[] | select(.expected != .actual)'`;

export interface ConformanceReport {
  readonly suite: string;
  readonly agreed: number;
  readonly disagreed: number;
  readonly unsupported: number;
  readonly cases: readonly ConformanceCase[];
}

export function conformanceCommand(): Command {
  return new Command('conformance')
    .description('Run published test data through the verifiers, and compare.')
    .addArgument(new Argument('<suite>', 'which data').choices(SUITES.map(({ name }) => name)))
    .argument('<folder>', 'where the data is')
    .option('--json', 'print every case, expected and actual, as JSON')
    .addHelpText('after', HELP)
    .action((name: string, folder: string, { json }: { readonly json?: boolean }) =>
      runOrExplain('conformance', [], () => conformance(name, folder, json === true)),
    );
}

async function conformance(name: string, folder: string, asJson: boolean): Promise<void> {
  const suite = SUITES.find((each) => each.name === name);
  if (suite === undefined) throw new Error('the parser lets known suites pass only');
  const report = await runSuite(suite, folder);
  process.stdout.write(asJson ? `${JSON.stringify(report, null, 2)}\n` : table(report));
  if (report.cases.some((each) => agrees(each) === false && each.rule === undefined)) {
    process.exitCode = DISAGREED_EXIT_CODE;
  }
}

export async function runSuite(suite: Suite, folder: string): Promise<ConformanceReport> {
  const cases: ConformanceCase[] = [];
  for await (const each of suite.run(folder)) cases.push(each);
  if (cases.length === 0) throw new UnusableError(`there is no case of ${suite.name} in ${folder}`);
  const count = (verdict: boolean | null) => cases.filter((each) => agrees(each) === verdict).length;
  return {
    suite: suite.name,
    agreed: count(true),
    disagreed: count(false),
    unsupported: count(null),
    cases,
  };
}

function table({ suite, agreed, disagreed, unsupported, cases }: ConformanceReport): string {
  const others = cases.filter((each) => agrees(each) !== true);
  const lines = others.map(({ name, expected, actual, code, rule }) => {
    const why = rule === undefined ? code : `${code}, by rule "${rule}"`;
    return `  ${name}: expected ${expected}, ${actual} (${why})`;
  });
  const counts = `${cases.length} cases: ${agreed} agreed, ${disagreed} disagreed, ${unsupported} unsupported`;
  return `${[`${suite}: ${counts}`, ...lines].join('\n')}\n`;
}
