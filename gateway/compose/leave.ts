/**
 * The order in which a gateway stops: nobody is sent here any more, nobody new is let in, gates are told, what was taken is
 * answered, who is still there is sent away, the platform gets the rest. Only then is anything closed.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Settings } from '../../config/settings.ts';
import type { Pipeline } from '../tap/pipeline.ts';
import type { Transport } from '../transport/transport.ts';

/** How long gates have to read their answers and take leave. */
const DRAIN_GRACE_MS = 1_000;

export interface LeavingParts {
  readonly settings: Pick<Settings, 'listen'>;
  readonly pipeline: Pick<Pipeline, 'drain'>;
  readonly transport: Pick<Transport, 'drain' | 'sendAway'>;
  readonly platform: { flush(): Promise<void> };
}

/** What those who ask whether this gateway is ready are told by. */
export class Leaving {
  #asked = false;

  get asked(): boolean {
    return this.#asked;
  }

  async leave({ settings, pipeline, transport, platform }: LeavingParts): Promise<void> {
    this.#asked = true;
    if (settings.listen.leave_ms > 0) await pause(settings.listen.leave_ms);
    const left = transport.drain(DRAIN_GRACE_MS);
    await pipeline.drain();
    await left;
    transport.sendAway();
    await platform.flush();
  }
}
