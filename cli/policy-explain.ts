/** `onecard policy explain`: what is decided of a tap that somebody thinks up, and why. */
import { Command, InvalidArgumentError, Option } from 'commander';
import colors from 'picocolors';
import { codeEntry } from '../config/codes.ts';
import { meant } from '../config/nearest-name.ts';
import { type Policy, ScenesError, type SceneTable } from '../config/scenes.ts';
import { SettingsError } from '../config/settings.ts';
import { type Explanation, explain } from '../gateway/tap/5-decide/explain.ts';
import { createShown } from '../gateway/tap/6-journal/shown.ts';
import type { ListSaid, Mode } from '../gateway/verification.ts';
import { PRESENTABLE_FAMILIES } from '../workers/families/table.ts';
import { type Circumstances, decideInputOf, USUAL } from './policy/circumstances.ts';
import { type Change, changesOf } from './policy/other-circumstances.ts';
import { loadedScenes } from './scenes-in-force.ts';
import { runOrExplain, UnusableError } from './unusable.ts';

const MODES: readonly Mode[] = ['live', 'lists', 'stale', 'closed'];
const STATES = [
  'good',
  'suspended',
  'lost',
  'replaced',
  'cancelled',
  'unknown',
  'not_covered',
  'none',
] as const;
const LIST_SAID: readonly ListSaid[] = ['member', 'absent', 'no_list'];
const MS_PER_S = 1_000;

const HELP = `
Nothing is tapped: the decision is that of the gateway's own function over circumstances that are thought up. Each row of its table
is shown with what it looked at; the first that applies decides (docs/decisions.md). Then: what by itself would lead to another
outcome. Without options it is an honest tap: proven, listed, good, in turn, of the scene's first family and region.

Exit status: 0 when it was explained, 2 when the options or the city cannot be used.

Examples:
  $ onecard policy explain --scene 29/entry --mode stale --state lost
  $ onecard policy explain --scene 29/entry --as senior --inside 5
  $ onecard policy explain --scene 11/desk --region sc --city my-city --json`;

interface Given {
  readonly scene: string;
  readonly family?: string;
  readonly mode: Mode;
  readonly state: Circumstances['state'];
  readonly region?: string;
  readonly as: readonly string[];
  readonly bit: readonly number[];
  readonly claim: Readonly<Record<string, string | number | boolean>>;
  readonly list: Readonly<Record<string, ListSaid>>;
  readonly inside?: number | true;
  readonly outside?: boolean;
  readonly used?: boolean;
  readonly spent?: boolean;
  readonly listAge: number;
  readonly city?: string;
  readonly config?: string;
  readonly json?: boolean;
}

export function policyExplainCommand(): Command {
  return new Command('explain')
    .description('Print what is decided of a tap that you describe, row by row, and what would change it.')
    .requiredOption('--scene <name>', 'where it is shown')
    .option('--family <family>', "what is shown (default: the scene's first family)")
    .addOption(new Option('--mode <mode>', 'what is known of the cards').choices(MODES).default(USUAL.mode))
    .addOption(
      new Option('--state <state>', 'of the card; none: no list could be asked')
        .choices(STATES)
        .default(USUAL.state),
    )
    .option('--region <region>', "whose card it is (default: the scene's first region)")
    .option('--as <groups>', 'groups of its holder, such as senior,student', names, [])
    .option('--bit <number>', 'a bit of the card list; may be repeated', bit, [])
    .option('--claim <name=value>', 'a public claim; may be repeated', claim, {})
    .option(
      '--list <name=said>',
      'a named list: member, absent (default) or no_list; may be repeated',
      list,
      {},
    )
    .option('--inside [seconds]', 'whoever taps has entered, so long ago (default: an hour)', secondsOf)
    .option('--outside', 'whoever taps has not entered')
    .option('--used', 'the same bytes were used before')
    .option('--spent', 'in mode stale: a budget is spent')
    .option('--list-age <seconds>', 'age of the card list', secondsOf, 0)
    .option('--city <path>', 'city document, in place of that of the settings')
    .option('--config <file>', "the gateway's settings")
    .option('--json', 'as one JSON object')
    .addHelpText('after', HELP)
    .action((given: Given) =>
      runOrExplain('policy explain', [ScenesError, SettingsError], async () => {
        const { city, config } = given;
        const table = loadedScenes({ ...(config && { config }), ...(city && { scenes: city }) });
        const policy = policyAt(table, given.scene);
        const of = circumstances(policy, given);
        const input = decideInputOf(policy, of);
        const explanation = explain(input);
        const shown = createShown()(policy, input.groups, explanation.decision);
        const told = { table, given, of, input, explanation, shown, changes: changesOf(policy, of) };
        console.log(given.json ? JSON.stringify(asJson(told)) : asText(told).join('\n'));
      }),
    );
}

interface Told {
  readonly table: SceneTable;
  readonly given: Given;
  readonly of: Circumstances;
  readonly input: ReturnType<typeof decideInputOf>;
  readonly explanation: Explanation;
  readonly shown: Readonly<Record<string, string | boolean>> | null;
  readonly changes: readonly Change[];
}

function policyAt(table: SceneTable, scene: string): Policy {
  const policy = table.policyOf(scene);
  if (policy !== null) return policy;
  throw new UnusableError(`there is no scene ${scene}; ${meant(scene, table.scenes)}`);
}

function circumstances(policy: Policy, given: Given): Circumstances {
  const { family = policy.families[0] ?? '', region = policy.regions[0] ?? '' } = given;
  if (!PRESENTABLE_FAMILIES.has(family)) {
    throw new UnusableError(
      `there is no family ${family}; ${meant(family, [...PRESENTABLE_FAMILIES.keys()])}`,
    );
  }
  const asked = (policy.asked?.groups ?? []).map(({ group }) => group);
  const stranger = given.as.find((group) => !asked.includes(group));
  if (stranger !== undefined) {
    const those = asked.length === 0 ? 'it asks for none' : `it asks for ${asked.join(', ')}`;
    throw new UnusableError(`the scene does not ask whether somebody belongs to ${stranger}: ${those}`);
  }
  if ((given.inside !== undefined || given.outside) && policy.direction === undefined) {
    throw new UnusableError('the scene has no direction: nobody is inside or outside there');
  }
  if (given.inside !== undefined && given.outside) throw new UnusableError('either --inside or --outside');
  return {
    ...{ family, region, mode: given.mode, state: given.state, as: given.as, bits: given.bit },
    ...{ claims: given.claim, lists: given.list, listAgeMs: given.listAge * MS_PER_S },
    passage: given.inside !== undefined ? 'inside' : given.outside ? 'outside' : null,
    insideMs: typeof given.inside === 'number' ? given.inside * MS_PER_S : USUAL.insideMs,
    isUsed: given.used ?? false,
    isSpent: given.spent ?? false,
  };
}

function asJson({ table, given, of, input, explanation, shown, changes }: Told): object {
  const { decision, rows, spent } = explanation;
  return {
    ...{ scene: given.scene, policy: input.policy.policy, revision: table.revision, circumstances: of },
    ...{ groups: input.groups, lists: input.lists, passage: input.passage },
    ...{ ...decision, shown: shown ?? {}, rows, budget: spent, would_change: changes },
  };
}

const PAINT = { allow: colors.green, deny: colors.red, refer: colors.yellow, none: colors.magenta } as const;

function asText({ table, given, of, input, explanation, shown, changes }: Told): string[] {
  const { decision, rows, spent, unshared } = explanation;
  const paint = PAINT[decision.outcome];
  const facts = Object.entries(shown ?? {}).map(([name, value]) => `${name} ${value}`);
  return [
    `${given.scene} by policy ${input.policy.policy}, ${table.revision}: ${of.family} of ${of.region}, mode ${of.mode}, card ${of.state}`,
    `${paint(colors.bold(decision.outcome.toUpperCase()))}  ${decision.code}  ${codeEntry(decision.code).meaning}`,
    ...(facts.length === 0 ? [] : [`the gate is told: ${facts.join(', ')}`]),
    '',
    ...rows.map(({ row, when, looked, code, decides }) => {
      const mark = decides ? '=>' : '  ';
      const line = `${mark} ${String(row).padStart(2)}  ${when}: ${looked}${code === null ? '' : ` -> ${code}`}`;
      return decides ? colors.bold(line) : colors.dim(line);
    }),
    ...(spent === null ? [] : [colors.bold(`=>     a budget is spent -> ${spent}`)]),
    ...(unshared === null ? [] : [colors.bold(`=>     other gateways could not be asked -> ${unshared}`)]),
    '',
    changes.length === 0 ? 'Nothing by itself would lead to another outcome.' : 'Another outcome, by itself:',
    ...changes.map(({ change, decision: other }) => `  ${change.padEnd(28)} ${other.code}`),
  ];
}

function names(text: string): string[] {
  return text.split(',').filter((name) => name !== '');
}

function bit(text: string, before: readonly number[]): number[] {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 31)
    throw new InvalidArgumentError('a number from 0 to 31.');
  return [...before, value];
}

function pair(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('name=value.');
  return [text.slice(0, at), text.slice(at + 1)];
}

function claim(text: string, before: Given['claim']): Given['claim'] {
  const [name, value] = pair(text);
  const isNumber = value.trim() !== '' && Number.isFinite(Number(value));
  return {
    ...before,
    [name]: value === 'true' ? true : value === 'false' ? false : isNumber ? Number(value) : value,
  };
}

function list(text: string, before: Given['list']): Given['list'] {
  const [name, value] = pair(text);
  const said = LIST_SAID.find((each) => each === value);
  if (said === undefined) throw new InvalidArgumentError(`one of ${LIST_SAID.join(', ')}.`);
  return { ...before, [name]: said };
}

function secondsOf(text: string): number {
  const value = Number(text);
  if (!(value >= 0 && value <= 1e9)) throw new InvalidArgumentError('seconds, 0 or more.');
  return value;
}
