/** A platform in the same process, for simulated time. */
import {
  type ExchangeAnswer,
  ExchangeError,
  type ExchangeFault,
  type KeepAliveClient,
} from '../../../../gateway/outbound/keep-alive-client.ts';
import { good } from './status-platform.rig.ts';
import { queriesIn, sealFor } from './status-seals.rig.ts';

export interface SimulatedRequest {
  readonly credentialIds: readonly string[];
  readonly at: number;
}

/** What becomes of a request: after so long, a fault or good answers; never: it takes all of its time. */
export interface Fate {
  readonly afterMs: number;
  readonly fault: ExchangeFault | 'garbage' | null;
}

export interface SimulatedClient extends KeepAliveClient {
  readonly requests: SimulatedRequest[];
  /** Most requests under way at once. */
  readonly most: number;
}

export function simulatedClient(fateOf: (number: number) => Fate): SimulatedClient {
  const requests: SimulatedRequest[] = [];
  const breakOff = new Set<() => void>();
  const client = {
    requests,
    most: 0,
    exchange: ({ body = '', timeoutMs }: { body?: string; timeoutMs: number }) =>
      new Promise<ExchangeAnswer>((resolve, reject) => {
        const queries = queriesIn(body);
        const answer = (text: string) =>
          resolve({ body: Buffer.from(text), seal: sealFor('/v1/status', body, text) });
        const fate = fateOf(requests.length);
        requests.push({ credentialIds: queries.map(([, id]) => id), at: performance.now() });
        const timedOut = fate.afterMs >= timeoutMs;
        const fault = timedOut ? 'timeout' : fate.fault;
        const stop = () => {
          clearTimeout(timer);
          breakOff.delete(stop);
          reject(new ExchangeError('closed'));
        };
        const timer = setTimeout(
          () => {
            breakOff.delete(stop);
            if (fault === null) answer(JSON.stringify({ answers: queries.map(() => good()) }));
            else if (fault === 'garbage') answer('{"answers":[]}');
            else reject(new ExchangeError(fault));
          },
          Math.min(fate.afterMs, timeoutMs),
        );
        breakOff.add(stop);
        client.most = Math.max(client.most, breakOff.size);
      }),
    close() {
      for (const stop of [...breakOff]) stop();
    },
  };
  return client;
}
