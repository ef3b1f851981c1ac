/** DeskCore on the gateway's main thread: shows presentations as a device of class `desk`, in the process itself. */
import { randomBytes } from 'node:crypto';
import type { Code } from '../../config/codes.ts';
import { codeEntry } from '../../config/codes.ts';
import type { HotelSettings } from '../../config/settings.ts';
import { disclosed, type PersonalText } from '../../workers/claims.ts';
import { hexForm } from '../../workers/families/byte-form.ts';
import { PresentationDecoder, type ReadableFamily } from '../tap/1-decode/decode.ts';
import type { Answer, ChallengeIssuer, Device, TapIntake } from '../verification.ts';
import type { DeskChallenge, DeskCore, DeskDecision, DeskRefusal, DeskTap } from './desk-core.ts';
import type { ShownCredentials } from './shown-credentials.ts';

export interface CoreOptions {
  readonly hotel: HotelSettings;
  readonly families: readonly ReadableFamily[];
  readonly intake: TapIntake;
  readonly challenges: ChallengeIssuer;
  readonly shown: ShownCredentials;
  /** What is asked of others than the pipeline. */
  readonly beside: Pick<DeskCore, 'match' | 'pin' | 'pinHash' | 'judgeAgain' | 'standing' | 'board'>;
}

const STREAM_BYTES = 16;

export function coreOfGateway({ hotel, families, intake, challenges, shown, beside }: CoreOptions): DeskCore {
  const decoder = new PresentationDecoder(hexForm, {}, families);
  const devices = new Map(hotel.desks.map((desk) => [desk, deviceOf(hotel, desk)]));
  return {
    ...beside,
    verify: (tap) => {
      const device = devices.get(tap.desk);
      if (device === undefined) return Promise.resolve(refusal('tap.scene_not_allowed', 0));
      return new Promise((resolve) => show(tap, device, resolve));
    },
    async challenge({ desk, scene, bytes }) {
      const device = devices.get(desk);
      if (device === undefined) return refusal('tap.scene_not_allowed', 0);
      const issued = challenges.issue(device, { scene, bytes });
      if ('code' in issued) return refusal(issued.code, issued.retryAfterMs);
      return { kind: 'challenge', ...issued } satisfies DeskChallenge;
    },
  };

  function show(
    { scene, presentation }: DeskTap,
    device: Device,
    done: (answer: DeskDecision | DeskRefusal) => void,
  ): void {
    const decoded = decoder.decode({ ...presentation, scene });
    if (!decoded.ok) {
      done(refusal(decoded.code, 0));
      return;
    }
    const { family } = decoded.presentation;
    intake.submit({
      // Its own stream each: what a desk shows again is another tap, and the replay window tells it.
      id: { deviceId: device.deviceId, stream: randomBytes(STREAM_BYTES).toString('hex'), seq: 0 },
      drawnStream: true,
      device,
      presentation: decoded.presentation,
      wantsShown: true,
      reply: (answer) => done(told(answer, family, shown)),
    });
  }
}

function deviceOf({ hotel_id, scenes }: HotelSettings, desk: string): Device {
  const deviceId = `hotel.${hotel_id}.${desk}`;
  return { deviceId, class: 'desk', scenes, enrolment: deviceId };
}

function told(answer: Answer, family: string, shown: ShownCredentials): DeskDecision | DeskRefusal {
  if (answer.kind === 'refusal') return refusal(answer.code, answer.retryAfterMs);
  const { decisionId, outcome, code, atMs, mode, scene, facts } = answer;
  return {
    ...{ kind: 'decision', decisionId, outcome, code, atMs, mode, scene, family, facts },
    disclosed: answer.disclosed === undefined ? null : inTheClear(answer.disclosed),
    shown: answer.shown === undefined ? null : shown.keep(answer.shown),
  };
}

const inTheClear = (claims: Readonly<Record<string, PersonalText>>) =>
  Object.fromEntries(Object.entries(claims).map(([name, text]) => [name, disclosed(text)]));

function refusal(code: Code, retryAfterMs: number): DeskRefusal {
  return { kind: 'refusal', code, retry: codeEntry(code).retry, retryAfterMs };
}
