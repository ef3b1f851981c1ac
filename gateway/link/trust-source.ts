/** Where a gateway's trust comes from and is kept, by its settings. */
import { join } from 'node:path';
import type { Settings } from '../../config/settings.ts';
import { contentRule } from '../knowledge/trust/signed-content.ts';
import { TrustRepository, type TrustRepositoryOptions } from '../knowledge/trust/trust-repository.ts';
import type { PlatformEndpoint } from '../outbound/platform-request.ts';

/** `folder`: of what is kept of the platform. Throws what the first root is refused for, or the system says. */
export function trustSource(
  platform: NonNullable<Settings['platform']>,
  { limits, crypto }: Pick<Settings, 'limits' | 'crypto'>,
  endpoint: PlatformEndpoint,
  folder: string,
  clock: TrustRepositoryOptions['clock'],
  received: NonNullable<TrustRepositoryOptions['received']> = () => null,
): TrustRepository {
  return new TrustRepository({
    baseUrl: `${platform.url.replace(/\/+$/, '')}/v1/tuf`,
    // Read at each request: it may be another by then.
    get token() {
      return endpoint.token;
    },
    timeoutMs: platform.timeout_ms,
    received,
    folder: join(folder, 'trust'),
    rootFile: platform.root_file,
    content: contentRule(platform, crypto),
    clock,
    limits: {
      metadataBytes: limits.metadata_bytes,
      trustBytes: limits.trust_bytes,
      cityBytes: limits.city_bytes,
      targetBytes: limits.list_bytes,
      rootRotations: limits.root_rotations,
    },
  });
}
