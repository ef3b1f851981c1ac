/** One tap at a running demonstration, over REST, by one of its devices. */
import { randomBytes } from 'node:crypto';
import type { City } from '../../platform/city.ts';
import type { ChipMode } from '../../platform/issue/chip-card.ts';
import { presentationLine } from '../../platform/issue/presentations.ts';
import { familyNamed } from '../../workers/families/table.ts';
import type { DemoNote } from '../demo/demo-note.ts';
import { DeskClient, deskSessions } from '../demo/desk-client.ts';
import { UnusableError } from '../unusable.ts';

export interface TapWish {
  readonly scene: string;
  readonly family: string;
  /** Card of the city. */
  readonly index: number;
  /** One of the family's faults; null: an honest one. */
  readonly fault: string | null;
  /** Whether the scene takes only what signed a challenge of the gateway. */
  readonly wantsChallenge: boolean;
  /** Shows the same bytes a second time. */
  readonly twice: boolean;
}

/** What the gateway said, as it came. */
export type Said = Readonly<Record<string, unknown>> & { readonly code: string };

const CHIP_MODE: ChipMode = 'dda';

/** Throws UnusableError where the demonstration does not answer, or has no device at the scene. */
export async function tapAt(note: DemoNote, city: City, wish: TapWish): Promise<readonly Said[]> {
  const device = note.devices.find(({ scenes }) => scenes.includes(wish.scene));
  if (device === undefined) throw new UnusableError(`the demonstration has no device at ${wish.scene}`);
  const named = {
    deviceId: device.device_id,
    gatewayId: note.gateway_id,
    privateKey: device.private_key,
  };
  const desk = new DeskClient(
    note.http,
    deskSessions(named, () => note.http),
  );
  try {
    const { challenge: signs } = familyNamed(wish.family) ?? {};
    const isChallenged = signs === 'required' || (signs === 'optional' && wish.wantsChallenge);
    const challenge = isChallenged ? await desk.challenge(wish.scene) : null;
    const { credential, context } = presentationLine(wish.family, {
      ...{ city, index: wish.index, atMs: Date.now(), mode: CHIP_MODE, chip: 0, fault: wish.fault },
      nonce: randomBytes(8).toString('hex'),
      ...(challenge !== null && { challenge }),
    });
    const shown = { family: wish.family, scene: wish.scene, credential, context };
    const first = await desk.verify(shown);
    return wish.twice ? [first, await desk.verify(shown)] : [first];
  } catch (cause) {
    const { message, cause: reason } = cause as Error & { cause?: { code?: string } };
    if (reason?.code === undefined) throw cause;
    throw new UnusableError(
      `no demonstration answers at ${note.http} (${reason.code ?? message}): start it with npm start in another terminal`,
    );
  }
}
