/** `onecard scenes`: where cards are shown in the city, and by which rules. */
import { Command, InvalidArgumentError } from 'commander';
import { loadSettings } from '../../config/load-settings.ts';
import { meant } from '../../config/nearest-name.ts';
import { plannedService } from '../../config/plan.ts';
import type { Policy } from '../../config/policy-schema.ts';
import { type Scene, ScenesError, type SceneTable } from '../../config/scenes.ts';
import { parseSettings, SettingsError } from '../../config/settings.ts';
import { PRESENTABLE_FAMILIES } from '../../workers/families/table.ts';
import { loadedScenes } from '../scenes-in-force.ts';
import { runOrExplain, UnusableError } from '../unusable.ts';
import { copyCity } from './copy-city.ts';
import { rememberedMs, sceneLines } from './scene-lines.ts';
import { tableLines } from './table-lines.ts';

const HELP = `
A scene is a service of the city's plan at a gate or a desk. They are those of the city document: that of the settings (--config), that
of --city, or the one that comes along. With the name of a scene its rules are shown, each with what it means.

--copy-to hands out the document that comes along, to be changed: add a scene, check it (onecard config check --city DIR), name it in
the settings ("city": "DIR"), reload. docs/services.md shows it.

Exit status: 0 when it was done, 2 when the options, the settings or the city document cannot be used.

Examples:
  $ onecard scenes --service 29
  $ onecard scenes 29/entry
  $ onecard scenes --group senior --json
  $ onecard scenes --copy-to city`;

interface ScenesOptions {
  readonly config?: string;
  readonly city?: string;
  readonly service?: number;
  readonly group?: string;
  readonly family?: string;
  readonly json?: boolean;
  readonly copyTo?: string;
}

/** A scene, and what holds there. */
export interface SceneRules {
  readonly scene: Scene;
  readonly rules: Policy;
}

export function scenesCommand(): Command {
  return new Command('scenes')
    .description(
      'List the services and scenes of the city, show the rules of one, or hand out the document to change it.',
    )
    .argument('[scene]', 'one of them, such as 29/entry')
    .option('--config <file>', "the gateway's settings")
    .option('--city <path>', 'a city document, folder or file, in place of that of the settings')
    .option('--service <number>', 'of this service of the plan alone', readNumber)
    .option('--group <name>', 'that ask for this group of people, or show something for it')
    .option('--family <name>', 'that take this family of credential')
    .option('--json', 'one JSON object a line, with the whole rules')
    .option('--copy-to <folder>', 'write the document that comes along into a new folder')
    .addHelpText('after', HELP)
    .action((name: string | undefined, options: ScenesOptions) =>
      runOrExplain('scenes', [ScenesError, SettingsError], async () => {
        if (options.copyTo !== undefined) {
          for (const line of copyCity(options.copyTo)) console.log(line);
          return;
        }
        for (const line of linesOf(name, options)) console.log(line);
      }),
    );
}

function linesOf(name: string | undefined, options: ScenesOptions): readonly string[] {
  const settings = options.config === undefined ? DEFAULTS : loadSettings(options.config);
  const table = loadedScenes({
    ...(options.config !== undefined && { config: options.config }),
    ...(options.city !== undefined && { scenes: options.city }),
  });
  const windowMs = settings.limits.replay_window_ms;
  const chosen = name === undefined ? chosenScenes(table, options) : [sceneNamed(table, name)];
  if (options.json) {
    return chosen.map(({ scene, rules }) =>
      JSON.stringify({ ...scene, policy: rules, remembered_ms: rememberedMs(rules, windowMs) }),
    );
  }
  const [only] = chosen;
  return name !== undefined && only ? sceneLines(only, table, windowMs) : tableLines(chosen, table);
}

const DEFAULTS = parseSettings({ gateway_id: 'default', trust_file: 'none' });

function sceneNamed(table: SceneTable, name: string): SceneRules {
  const scene = table.sceneOf(name);
  if (!scene) throw new UnusableError(`there is no scene ${name}; ${meant(name, table.scenes)}`);
  return withRules(table, scene);
}

function chosenScenes(table: SceneTable, { service, group, family }: ScenesOptions): SceneRules[] {
  if (service !== undefined && plannedService(table.services, service) === null) {
    throw new UnusableError(`the plan has no service ${service}`);
  }
  if (family !== undefined && !PRESENTABLE_FAMILIES.has(family)) {
    throw new UnusableError(
      `there is no family ${family}; ${meant(family, [...PRESENTABLE_FAMILIES.keys()])}`,
    );
  }
  return table.described
    .map((scene) => withRules(table, scene))
    .filter(
      ({ scene, rules }) =>
        (service === undefined || scene.service === service) &&
        (group === undefined || groupsOf(rules).includes(group)) &&
        (family === undefined || rules.families.includes(family)),
    );
}

function withRules(table: SceneTable, scene: Scene): SceneRules {
  const rules = table.policyOf(scene.scene);
  if (rules === null) throw new TypeError('every scene has a policy');
  return { scene, rules };
}

const groupsOf = ({ asked }: Policy) => (asked?.groups ?? []).map(({ group }) => group);

function readNumber(text: string): number {
  if (!/^\d{1,5}$/.test(text)) throw new InvalidArgumentError('the number of a service, such as 29.');
  return Number(text);
}
