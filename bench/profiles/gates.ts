/** Gates: taps of the families that were asked for over WebSocket, most of them good, some refused, some forged. */
import { createCity } from '../../platform/city.ts';
import { type ChallengedTaps, startChallenged } from '../drive/challenged.ts';
import { ownGateway } from '../drive/gateway.ts';
import type { Run } from '../drive/run.ts';
import { CHALLENGED_FAMILIES } from '../fleet/other-families.ts';
import type { Check, RunResult } from '../report/result.ts';
import { drivenProfile, warmUp } from './driven.ts';

export const gates = drivenProfile({
  name: 'gates',
  about: 'taps over WebSocket, families and verdicts mixed',
  cards: 10_000,
  chips: 'both',
  plan: { forged: 0.01, cut: 0.005 },
  async drive(run) {
    const { rate, seconds } = run.options;
    await warmUp(run);
    const beside = startBeside(run);
    await run.phase({ name: 'gates', rate: rate ?? 5_000, seconds: seconds ?? 10 });
    const challenged = await Promise.all(
      beside.map(async ({ family, taps }) => ({ family, ...(await taps.stop()) })),
    );
    return {
      title: 'Gates: taps over WebSocket',
      figures: challenged.flatMap(figuresOf),
      ...(challenged.length > 0 && { checks: challenged.map(checkOf) }),
    };
  },
});

/** With all families: those whose taps cannot be made beforehand, at a gateway of the bench's own. */
function startBeside(run: Run) {
  const gateway = ownGateway(run.gateway);
  if (run.options.family !== 'all' || gateway === null) return [];
  const { gate: url, gatewayId, privateKey } = gateway;
  const city = createCity(run.fleet.city);
  return CHALLENGED_FAMILIES.map(({ family, code: rightCode }) => ({
    family,
    taps: startChallenged({ family, city, url, gatewayId, deviceId: 'desk-0', privateKey, rightCode }),
  }));
}

type Challenged = ChallengedTaps & { readonly family: string };

function figuresOf({ family, judged, p50Ms, p99Ms }: Challenged): RunResult['figures'] {
  return [
    { name: `${family}, each with a challenge: judged`, value: judged, unit: 'taps' },
    { name: `${family}: challenge and tap, p50`, value: p50Ms, unit: 'ms' },
    { name: `${family}: challenge and tap, p99`, value: p99Ms, unit: 'ms' },
  ];
}

function checkOf({ family, judged, wrong }: Challenged): Check {
  return {
    name: family,
    limit: 'each judged rightly',
    seen: `${judged} judged, ${wrong} not`,
    passed: judged > 0 && wrong === 0,
  };
}
