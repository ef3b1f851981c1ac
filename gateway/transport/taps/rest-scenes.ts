/** `GET /v1/scenes` and `GET /v1/scenes/{scene}`: what a device shows at its scenes, in words, and what they take. */
import type { Policy, Scene, SceneTable } from '../../../config/scenes.ts';
import type { DigestAlgorithm } from '../../../crypto/algorithms.ts';
import { digestOf } from '../../../crypto/digest.ts';
import type { DeviceAuth } from '../../devices/auth.ts';
import type { Device } from '../../verification.ts';
import type { Exchange } from '../exchange.ts';
import { acceptedForm, MEDIA_TYPES } from '../media.ts';

export const SCENES_PATH = '/v1/scenes';

/** What of the scenes is asked for here; others may be in force at the next request. */
export type ScenesShown = Pick<SceneTable, 'revision' | 'sceneOf' | 'policyOf'>;

export interface ScenesAsked {
  readonly devices: DeviceAuth;
  readonly scenes: ScenesShown;
  /** What tags are made with. */
  readonly tagDigest: DigestAlgorithm;
}

const ETAG_HEX_DIGITS = 32;

/** Those that the device is enrolled for, in that order. */
export function listScenes(asked: ScenesAsked, exchange: Exchange): Promise<void> {
  const { devices, scenes } = asked;
  return forDevice(devices, exchange, (device) => {
    answer(exchange, asked, device, '', () => ({
      revision: scenes.revision,
      scenes: device.scenes.flatMap((scene) => described(scenes, scene) ?? []),
    }));
  });
}

export function findScene(asked: ScenesAsked, exchange: Exchange, parameter: string): Promise<void> {
  const { devices, scenes } = asked;
  return forDevice(devices, exchange, (device) => {
    const scene = decoded(parameter);
    const found = device.scenes.includes(scene) ? described(scenes, scene) : null;
    if (found === null) exchange.refuse('tap.scene_not_allowed');
    else answer(exchange, asked, device, scene, () => ({ revision: scenes.revision, ...found }));
  });
}

async function forDevice(
  devices: DeviceAuth,
  exchange: Exchange,
  use: (device: Device) => void,
): Promise<void> {
  const { bearer } = exchange;
  if (bearer === null) return exchange.refuse('auth.missing');
  if (acceptedForm(exchange.accept, 'json') !== 'json') return exchange.refuse('request.not_acceptable');
  const authenticated = await devices.authenticate(bearer);
  if (authenticated.ok) use(authenticated.device);
  else exchange.refuse(authenticated.code);
}

/** The same tag while the same scenes are in force, for whoever has the same scenes (RFC 9110 clause 8.8.3). */
function answer(
  exchange: Exchange,
  { scenes: { revision }, tagDigest }: ScenesAsked,
  { scenes }: Device,
  scene: string,
  value: () => object,
): void {
  const named = JSON.stringify([revision, scene, scene === '' ? scenes : null]);
  const digits = digestOf(tagDigest, Buffer.from(named)).toString('hex').slice(0, ETAG_HEX_DIGITS);
  const etag = tagDigest === 'SM3' ? `"sm3-${digits}"` : `"${digits}"`;
  const headers = [
    ['ETag', etag],
    ['Cache-Control', 'private, no-cache'],
  ] as const;
  if (isKnown(exchange.ifNoneMatch, etag)) exchange.respond(304, headers, '');
  else exchange.respond(200, [['Content-Type', MEDIA_TYPES.json], ...headers], JSON.stringify(value()));
}

/** RFC 9110 clause 13.1.2: a list of tags, compared weakly. */
function isKnown(ifNoneMatch: string, etag: string): boolean {
  return ifNoneMatch.split(',').some((each) => each.trim().replace(/^W\//, '') === etag);
}

function described(scenes: ScenesShown, scene: string): object | null {
  const found = scenes.sceneOf(scene);
  const policy = scenes.policyOf(scene);
  return found === null || policy === null ? null : sceneDocument(found, policy);
}

function sceneDocument({ scene, service, point, title }: Scene, policy: Policy): object {
  const { families, regions, show, direction, receipts = [] } = policy;
  return {
    ...{ scene, service, point, families, regions, receipts },
    ...(title !== undefined && { title }),
    ...(show !== undefined && { show }),
    ...(direction !== undefined && { direction: { area: direction.area, passes: direction.passes } }),
  };
}

function decoded(parameter: string): string {
  try {
    return decodeURIComponent(parameter);
  } catch {
    return '';
  }
}
