/** `onecard scene`: where cards are shown, and by which rules. */
import { Command } from 'commander';
import { loadSettings } from '../config/load-settings.ts';
import { plannedService } from '../config/plan.ts';
import { type Policy, type Scene, ScenesError, type SceneTable } from '../config/scenes.ts';
import { type Limits, parseSettings, SettingsError } from '../config/settings.ts';
import { loadedScenes, type ScenesOptions } from './scenes-in-force.ts';
import { runOrExplain } from './unusable.ts';

const HELP = `
A scene is a service of the city's plan at a gate or a desk. "remembered" is how long a presentation counts as used: a
ride code until its own end, at most replayable_ms_max of the policy; a chip's signature, which has no end of its own,
for replay_window_ms of the policy, else limits.replay_window_ms of the settings. After that the same bytes pass again.

"Copies pass too": the scene takes credentials that anybody with a copy could show, such as health certificates. "Discloses":
personal claims that the answer says where it does not deny.

Scenes are those of the settings, those of --scenes, or those that come along.

Exit status: 0 when it was done, 2 when the options, the settings or the scenes cannot be used.

Example:
  $ onecard scene list --config gateway.json`;

interface ListOptions extends ScenesOptions {
  readonly json?: boolean;
}

export function sceneCommand(): Command {
  const command = new Command('scene')
    .description('List the scenes that cards are shown at, and what each takes.')
    .addHelpText('after', HELP)
    .addCommand(listCommand());
  return command;
}

function listCommand(): Command {
  return new Command('list')
    .description('List the scenes, a line each.')
    .option('--config <file>', "the gateway's settings")
    .option('--scenes <file>', 'scenes and policies, in place of those of the settings')
    .option('--json', 'one JSON object a line, with the whole policy')
    .action((options: ListOptions) =>
      runOrExplain('scene list', [ScenesError, SettingsError], async () => {
        const table = loadedScenes(options);
        const windowMs = defaultWindowMs(options.config);
        for (const scene of table.described) {
          const policy = table.policyOf(scene.scene);
          if (policy === null) throw new TypeError('every scene has a policy');
          console.log(
            options.json ? json(scene, policy, windowMs) : line(scene, policy, windowMs, table.services),
          );
        }
      }),
    );
}

function defaultWindowMs(config: string | undefined): number {
  const { limits }: { limits: Limits } =
    config === undefined
      ? parseSettings({ gateway_id: 'default', trust_file: 'none' })
      : loadSettings(config);
  return limits.replay_window_ms;
}

function json(scene: Scene, policy: Policy, windowMs: number): string {
  return JSON.stringify({ ...scene, policy, remembered_ms: remembered(policy, windowMs) });
}

function line(
  { scene, service, point }: Scene,
  policy: Policy,
  windowMs: number,
  services: SceneTable['services'],
): string {
  const { families, live, closed, holder, disclose, challenge, token_offline } = policy;
  const { own_end_ms_max, without_end_ms } = remembered(policy, windowMs);
  const about = `${plannedService(services, service)?.title.en ?? service}, ${point}`;
  const window =
    without_end_ms === null
      ? `up to ${seconds(own_end_ms_max)}; what has no end of its own is denied`
      : `up to ${seconds(own_end_ms_max)}, ${seconds(without_end_ms)} what has no end of its own`;
  const rules = [
    `${policy.policy}: ${families.join(', ')}`,
    ...(holder === 'any' ? ['copies pass too'] : []),
    ...(disclose === undefined ? [] : [`discloses ${disclose.join(', ')}`]),
    ...(challenge === 'gateway' ? ['only with a challenge of the gateway'] : []),
    ...(token_offline === undefined ? [] : [`online codes ${token_offline} offline`]),
    `live ${live}`,
    `when closed ${closed}`,
  ];
  return `${scene}: ${about}; ${rules.join('; ')}; remembered ${window}`;
}

/** Null: it is denied with `deny.replayable_too_long`. */
function remembered({ replayable_ms_max, replay_window_ms }: Policy, defaultMs: number) {
  const windowMs = replay_window_ms ?? defaultMs;
  return {
    own_end_ms_max: replayable_ms_max,
    without_end_ms: windowMs > replayable_ms_max ? null : windowMs,
  };
}

const seconds = (ms: number) => `${ms / 1_000} s`;
