/** `onecard tap`: somebody shows a credential at any scene of a running demonstration, and the answer is explained. */
import { resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { meant } from '../../config/nearest-name.ts';
import { loadScenes, type Policy, ScenesError, type SceneTable } from '../../config/scenes.ts';
import { JournalError } from '../../gateway/journal/journal-error.ts';
import { ForcedModeError } from '../../gateway/knowledge/mode/forced-mode.ts';
import type { Mode } from '../../gateway/verification.ts';
import type { ListedState } from '../../platform/cards/identity.ts';
import { type City, createCity } from '../../platform/city.ts';
import { faultsOf, SHOWN_FAMILIES } from '../../platform/issue/presentations.ts';
import { PRESENTABLE_FAMILIES } from '../../workers/families/table.ts';
import { DEMO_HOLDER_ON_CHIPS, type DemoNote, readDemoNote } from '../demo/demo-note.ts';
import { runOrExplain, UnusableError } from '../unusable.ts';
import { answerLines } from './answer-lines.ts';
import { chooseCard } from './choose-card.ts';
import { recordOf } from './kept-record.ts';
import { inForcedMode } from './offline.ts';
import { tapAt } from './tap-at.ts';

const STATES: readonly ListedState[] = ['good', 'suspended', 'lost', 'replaced', 'cancelled', 'unknown'];
const HOME = 'home';
const MS_PER_TURN = 1_000;

const HELP = `
Start the demonstration in another terminal first (npm start). Each tap is by another card of its city that is as asked.
Who comes is honest, good, on the lists that the scene asks, and of no group, unless an option says otherwise.

--offline forces a mode on the demonstration for the time of the tap, as if the platform were gone.

Exit status: 0 when it was judged, whatever was decided; 1 when it was refused without a decision; 2 when the options cannot
be used or no demonstration runs.

Examples:
  $ onecard tap --scene 29/entry
  $ onecard tap --scene 29/entry --as senior
  $ onecard tap --scene 29/entry --region sc --family transit-qr
  $ onecard tap --scene 40/desk --offline
  $ onecard tap --scene 29/entry --again --why
  $ onecard tap --scene 29/entry --state suspended`;

interface TapOptions {
  readonly scene: string;
  readonly family?: string;
  readonly as: readonly string[];
  readonly region: string;
  readonly state: ListedState;
  readonly stranger?: boolean;
  readonly offline?: Mode | true;
  readonly fault?: string;
  readonly again?: boolean;
  readonly card?: number;
  readonly data: string;
  readonly json?: boolean;
  readonly why?: boolean;
}

export function tapCommand(): Command {
  return new Command('tap')
    .description('Tap any scene of the running demonstration, and see why it answers as it does.')
    .requiredOption('--scene <name>', 'where, such as 29/entry (onecard scenes lists them)')
    .option('--family <name>', 'what is shown; default: the first that the scene takes')
    .option('--as <groups>', 'who: senior, student, disabled, … with commas between', groupsOf, [])
    .option('--region <region>', "whose card: the city's own, or sc, xz, gz", HOME)
    .addOption(new Option('--state <state>', 'of the card').choices(STATES).default('good'))
    .option('--stranger', 'somebody who is on none of the lists that scenes ask')
    .addOption(
      new Option('--offline [mode]', 'while the platform cannot be asked')
        .choices(['lists', 'stale', 'closed'])
        .preset('lists'),
    )
    .option('--fault <fault>', 'what is wrong with what is shown, such as wrong-signer')
    .option('--again', 'shows the same a second time')
    .option('--card <index>', 'this card of the city, whatever it is', readIndex)
    .option('--data <dir>', 'the folder of the demonstration', 'data/demo')
    .option('--why', 'every row of the table of decisions (docs/decisions.md), up to the one that decided')
    .option('--json', 'the answers as JSON, a line each')
    .addHelpText('after', HELP)
    .action((options: TapOptions) =>
      runOrExplain('tap', [ScenesError, JournalError, ForcedModeError], () => tap(options)),
    );
}

async function tap(options: TapOptions): Promise<void> {
  const folder = resolve(options.data);
  const note = readDemoNote(folder);
  const scenes = loadScenes(PRESENTABLE_FAMILIES);
  const policy = policyAt(options.scene, scenes);
  const family = familyOf(policy, options);
  const city = cityOf(note, options.region);
  const wanted = { groups: options.as, state: options.state, isMember: options.stranger !== true };
  const index = options.card ?? chooseCard(city, wanted, Math.floor(Date.now() / MS_PER_TURN));
  if (index >= city.size) throw new UnusableError(`the demonstration has ${city.size} cards, from 0`);
  const wish = {
    ...{ scene: options.scene, family, index, fault: options.fault ?? null },
    wantsChallenge: policy.challenge === 'gateway',
    twice: options.again === true,
  };
  const shown = () => tapAt(note, city, wish);
  const { offline } = options;
  const answers = await (offline === undefined
    ? shown()
    : inForcedMode(folder, offline === true ? 'lists' : offline, shown));
  if (answers.some(({ outcome }) => outcome === undefined)) process.exitCode = 1;
  if (options.json) for (const said of answers) console.log(JSON.stringify(said));
  else {
    console.log(`${family} of card ${index} of ${city.region} at ${options.scene}`);
    for (const said of answers) {
      const record = typeof said['id'] === 'string' ? await recordOf(folder, said['id']) : null;
      for (const line of answerLines(said, record, scenes, options.why === true)) console.log(line);
    }
  }
}

function policyAt(scene: string, table: SceneTable): Policy {
  const policy = table.policyOf(scene);
  if (policy !== null) return policy;
  throw new UnusableError(`there is no scene ${scene}; ${meant(scene, table.scenes)}`);
}

/** What is not of the scene may be shown all the same: it is seen to be refused. */
function familyOf(policy: Policy, { family, fault }: TapOptions): string {
  const name = family ?? policy.families.find((each) => SHOWN_FAMILIES.includes(each)) ?? '';
  if (!SHOWN_FAMILIES.includes(name)) {
    throw new UnusableError(`nobody can show ${name}; ${meant(name, SHOWN_FAMILIES)}`);
  }
  if (fault !== undefined && !faultsOf(name).includes(fault)) {
    throw new UnusableError(
      `nothing like ${fault} can be wrong with ${name}; ${meant(fault, faultsOf(name))}`,
    );
  }
  return name;
}

function cityOf({ seed, cards, now_ms, neighbours }: DemoNote, region: string): City {
  const city = createCity({
    ...{ seed, cards, now: now_ms, neighbours },
    holderOnChips: DEMO_HOLDER_ON_CHIPS,
  });
  if (region === HOME || region === city.region) return city;
  if (neighbours.includes(region)) return city.neighbour(region);
  throw new UnusableError(`no cards of ${region}; ${meant(region, [city.region, ...neighbours])}`);
}

const groupsOf = (text: string): readonly string[] => text.split(',').map((group) => group.trim());

function readIndex(text: string): number {
  const index = Number(text);
  if (!Number.isInteger(index) || index < 0) throw new InvalidArgumentError('a number from 0.');
  return index;
}
