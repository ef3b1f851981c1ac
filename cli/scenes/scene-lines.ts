/** One scene: every rule that holds there, what it means, and what it says in both languages. */
import colors from 'picocolors';
import { plannedService } from '../../config/plan.ts';
import { type Policy, PolicySchema, type Words } from '../../config/policy-schema.ts';
import type { SceneTable } from '../../config/scenes.ts';
import type { SceneRules } from './command.ts';

const NAME_WIDTH = 20;

export function sceneLines(
  { scene, rules }: SceneRules,
  { services, revision }: SceneTable,
  windowMs: number,
): string[] {
  const planned = plannedService(services, scene.service);
  const own = Object.keys(scene).filter((key) => key in PolicySchema.properties && key !== 'policy');
  return [
    `${colors.bold(scene.scene)}${scene.title ? `  ${inBoth(scene.title)}` : ''}`,
    row('service', `${scene.service}${planned ? `  ${inBoth(planned.title)}` : ''}`),
    row('point', scene.point),
    row('policy', own.length === 0 ? scene.policy : `${scene.policy}, but for ${own.join(', ')}`),
    row('revision', revision),
    row('remembered', rememberedText(rules, windowMs)),
    '',
    ...rulesOf(rules),
    ...wordsOf(rules),
  ];
}

/** In the order of the schema, those that are said. */
function rulesOf(rules: Policy): string[] {
  const said = rules as Readonly<Record<string, unknown>>;
  return Object.entries(PolicySchema.properties)
    .filter(([name]) => name !== 'policy' && said[name] !== undefined)
    .flatMap(([name, schema]) => {
      const { description } = schema as { readonly description?: string };
      const value = name === 'show' ? withoutWords(rules) : said[name];
      return [
        row(name, text(value)),
        ...(description === undefined ? [] : [colors.dim(`    ${description}`)]),
      ];
    });
}

function withoutWords({ show }: Policy): unknown {
  const { words: _words, groups, ...rest } = show ?? {};
  return { ...rest, ...(groups && { groups: groups.map(({ words: _, ...each }) => each) }) };
}

function wordsOf({ show }: Policy): string[] {
  const words = Object.entries(show?.words ?? {}).flatMap(([outcome, each]) =>
    each ? [row(`says to ${outcome}`, inBoth(each))] : [],
  );
  const ofGroups = (show?.groups ?? []).flatMap(({ group, words: each }) =>
    each ? [row(`says to ${group}`, inBoth(each))] : [],
  );
  return words.length + ofGroups.length === 0 ? [] : ['', ...words, ...ofGroups];
}

/** How long a presentation counts as used. Null: it is denied with `deny.replayable_too_long`. */
export function rememberedMs({ replayable_ms_max, replay_window_ms }: Policy, defaultMs: number) {
  const windowMs = replay_window_ms ?? defaultMs;
  return {
    own_end_ms_max: replayable_ms_max,
    without_end_ms: windowMs > replayable_ms_max ? null : windowMs,
  };
}

function rememberedText(rules: Policy, defaultMs: number): string {
  const { own_end_ms_max, without_end_ms } = rememberedMs(rules, defaultMs);
  const ownEnd = `a ride code until its own end, at most ${own_end_ms_max / 1_000} s`;
  return without_end_ms === null
    ? `${ownEnd}; what has no end of its own is denied`
    : `${ownEnd}; what has no end of its own for ${without_end_ms / 1_000} s`;
}

const row = (name: string, value: string) => `${name.padEnd(NAME_WIDTH)} ${value}`;

const inBoth = ({ zh, en }: Words) => `${en}  ${zh}`;

/** As a document has it: short lists and maps on one line. */
function text(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(text).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  return `{ ${Object.entries(value)
    .map(([name, each]) => `${name}: ${text(each)}`)
    .join(', ')} }`;
}
