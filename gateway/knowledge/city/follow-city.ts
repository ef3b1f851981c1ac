/** Keeps the city document as new as the platform publishes it. What cannot be used is refused once, and what was good stays. */
import type { SceneTable } from '../../../config/scenes.ts';
import type { TrustRepository } from '../trust/trust-repository.ts';
import { TrustUpdateError } from '../trust/trust-update-error.ts';
import type { KeptCity, PublishedCity } from './kept-city.ts';

export interface CityFollowerOptions {
  readonly repository: Pick<TrustRepository, 'citySha256' | 'fetchCity'>;
  readonly kept: KeptCity;
  /** One that is verified, checked and on disk. */
  readonly onCity: (scenes: SceneTable) => void;
  readonly onFault: (error: unknown) => void;
}

export class CityFollower {
  readonly #options: CityFollowerOptions;
  #goodSha256: string | null = null;
  /** It would be refused again. */
  #refusedSha256: string | null = null;

  constructor(options: CityFollowerOptions) {
    this.#options = options;
  }

  /** Never throws. */
  restore(): void {
    const { kept, onFault } = this.#options;
    try {
      const city = kept.load();
      if (city) this.#take(city);
    } catch (error) {
      onFault(error);
    }
  }

  /** Takes what the metadata in force names. One that is published no more stays. Never rejects. */
  async follow(signal: AbortSignal): Promise<void> {
    const { repository, kept, onFault } = this.#options;
    const sha256 = repository.citySha256;
    if (sha256 === null || sha256 === this.#goodSha256 || sha256 === this.#refusedSha256) return;
    try {
      this.#take(kept.add(await repository.fetchCity(signal)));
    } catch (error) {
      if (signal.aborted) return;
      // Whatever else it was, it is tried again at the next look.
      if (error instanceof TrustUpdateError && isFinal(error)) this.#refusedSha256 = sha256;
      onFault(error);
    }
  }

  #take(city: PublishedCity): void {
    this.#goodSha256 = city.sha256;
    this.#options.onCity(city.scenes);
  }
}

function isFinal({ code }: TrustUpdateError): boolean {
  return code === 'city_unusable' || code === 'oversized';
}
