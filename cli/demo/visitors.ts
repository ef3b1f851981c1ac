/** Who comes to the simulated desks, and what they show there: every family that is not for gates, in turn. */
import type { Policy, SceneTable } from '../../config/scenes.ts';
import type { City } from '../../platform/city.ts';
import { faultsOf, presentationLine, SHOWN_FAMILIES } from '../../platform/issue/presentations.ts';
import { seededInteger } from '../../platform/seed.ts';
import { familyNamed } from '../../workers/families/table.ts';

/** Shown at gates, by passengers. */
const AT_GATES = ['transit-qr', 'chip-oda'];
/** Of so many visitors, one shows something forged. */
const FORGED_IN = 12;

export interface Visit {
  readonly story: string;
  readonly family: string;
  readonly scene: string;
  /** Whether the gateway is asked for a challenge first. */
  readonly isChallenged: boolean;
  /** What is shown, in JSON. */
  show(
    challenge: Uint8Array | null,
    nowMs: number,
  ): { readonly credential: unknown; readonly context: unknown };
}

/** Scenes of the desk, in the order in which a family prefers them. */
export const DESK_SCENES = ['40/register', '11/guest', '40/desk', '31/desk'];

export interface Desk {
  readonly scene: string;
  readonly policy: Pick<Policy, 'families'>;
}

export function desksOf(scenes: SceneTable): Desk[] {
  return DESK_SCENES.flatMap((scene) => {
    const policy = scenes.policyOf(scene);
    return policy === null ? [] : [{ scene, policy }];
  });
}

/** Desks in the order in which a family prefers them: the first that takes it. */
export function visitor(city: City, desks: readonly Desk[], seed: string, n: number): Visit {
  const shown = SHOWN_FAMILIES.filter((name) => !AT_GATES.includes(name));
  const family = shown[n % shown.length];
  const desk = desks.find(({ policy }) => family !== undefined && policy.families.includes(family));
  if (family === undefined || desk === undefined) throw new Error(`no desk takes ${family}`);
  const index = seededInteger(seed, 'visitor', n, city.size);
  const [fault = null] = faultsOf(family);
  const isForged = seededInteger(seed, 'visitor forges', n, FORGED_IN) === 0;
  return {
    story: isForged ? `shows a forged credential (${family})` : `shows a credential (${family})`,
    family,
    scene: desk.scene,
    isChallenged: familyNamed(family)?.challenge === 'required',
    show: (challenge, atMs) =>
      presentationLine(family, {
        ...{ city, index, atMs, mode: 'dda', chip: 0, nonce: `${seed} ${atMs}` },
        fault: isForged ? fault : null,
        ...(challenge !== null && { challenge }),
      }),
  };
}
