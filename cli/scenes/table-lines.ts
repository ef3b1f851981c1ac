/** Services of the plan with their scenes, a line each. */
import colors from 'picocolors';
import type { Service } from '../../config/policy-schema.ts';
import type { SceneTable } from '../../config/scenes.ts';
import type { SceneRules } from './command.ts';

/** Names of Chinese characters come last in a line: each takes two columns. */
export function tableLines(chosen: readonly SceneRules[], { services, revision }: SceneTable): string[] {
  const widths = {
    scene: widest(chosen.map(({ scene }) => scene.scene)),
    policy: widest(chosen.map(({ scene }) => scene.policy)),
    families: widest(chosen.map(({ rules }) => rules.families.join(', '))),
  };
  const byService = Map.groupBy(chosen, ({ scene }) => scene.service);
  const sections = services
    .filter(({ service }) => byService.has(service))
    .flatMap((service) => [
      headOf(service),
      ...(byService.get(service.service) ?? []).map((each) => lineOf(each, widths)),
    ]);
  const count = `${chosen.length} scenes of ${byService.size} services, revision ${revision}`;
  return [...sections, colors.dim(count)];
}

function headOf({ service, title, card_modes }: Service): string {
  return `${colors.bold(`${service}  ${title.en}  ${title.zh}`)}  ${colors.dim(card_modes.join(' and '))}`;
}

function lineOf(
  { scene, rules }: SceneRules,
  widths: Readonly<Record<'scene' | 'policy' | 'families', number>>,
): string {
  const { title } = scene;
  const cells = [
    scene.scene.padEnd(widths.scene),
    scene.point,
    scene.policy.padEnd(widths.policy),
    rules.families.join(', ').padEnd(widths.families),
    ...(title ? [`${title.en}  ${title.zh}`] : []),
  ];
  return `    ${cells.join('  ')}`.trimEnd();
}

const widest = (texts: readonly string[]) => Math.max(0, ...texts.map(({ length }) => length));
