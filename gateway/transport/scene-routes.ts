/** Routes of scenes: what a gate learns once, and not with each answer. */
import { algorithmFor } from '../../crypto/uses.ts';
import { MEDIA_TYPES } from './media.ts';
import type { Operation, Route } from './route.ts';
import { ALWAYS, TOKEN_PROBLEMS } from './shared-problems.ts';
import { findScene, listScenes, SCENES_PATH } from './taps/rest-scenes.ts';
import { SceneParameter } from './taps/scene-schemas.ts';
import type { TransportOptions } from './transport.ts';

const SCENE_EXAMPLE = {
  scene: '29/entry',
  service: 29,
  point: 'gate',
  families: ['transit-qr', 'chip-oda'],
  regions: ['cq'],
  receipts: [],
  title: { zh: '轨道进站闸机', en: 'Metro entry gate' },
  show: { lane: 'general', fare: 'full', groups: [{ group: 'senior', fare: 'free' }] },
  direction: { area: 'metro', passes: 'entry' },
};
const REVISION = '2026-11-30+f06ecaec';

export function sceneRoutes({ settings, devices, scenes }: TransportOptions): readonly Route[] {
  const tagDigest = algorithmFor('scenes-tag', settings.crypto.profile);
  const asked = { devices, scenes, tagDigest };
  const all = {
    ...{ operationId: 'listScenes', summary: 'Learn what to show at the scenes of this device' },
    ...operation('ScenesAnswer', { scenes: { revision: REVISION, scenes: [SCENE_EXAMPLE] } }),
  };
  const one = {
    ...{ operationId: 'findScene', summary: 'Learn what to show at one of them' },
    ...operation('SceneAnswer', { scene: { revision: REVISION, ...SCENE_EXAMPLE } }),
    parameters: [{ name: 'scene', schema: SceneParameter }],
  };
  const notAllowed = [...one.problems, 'tap.scene_not_allowed'] as const;
  return [
    {
      ...{ method: 'get', path: SCENES_PATH, operation: all },
      handle: (exchange) => listScenes(asked, exchange),
    },
    {
      ...{ method: 'get', path: `${SCENES_PATH}/{scene}`, operation: { ...one, problems: notAllowed } },
      handle: (exchange, scene) => findScene(asked, exchange, scene),
    },
  ];
}

function operation(
  schema: string,
  examples: Readonly<Record<string, unknown>>,
): Omit<Operation, 'operationId' | 'summary'> {
  return {
    description:
      'Words in Chinese and English, lane, wide gate and fare, families, direction and purposes of receipts. Ask again with ' +
      '`If-None-Match`: 304 while the same scenes are in force.',
    security: 'anyToken',
    request: null,
    responses: [
      {
        status: 200,
        description: 'As they are in force.',
        content: { [MEDIA_TYPES.json]: { schema, examples } },
      },
      { status: 304, description: 'As they were.', content: {} },
    ],
    problems: [...TOKEN_PROBLEMS, 'request.not_acceptable', ...ALWAYS],
  };
}
