/** `onecard serve --check`: whatever can be found wrong without opening storage, threads or the network. */

import { loadScenes } from '../config/scenes.ts';
import type { Settings } from '../config/settings.ts';
import { busOptions, checkBusFiles } from '../gateway/cluster/bus/bus-options.ts';
import { readClusterKeys } from '../gateway/cluster/cluster-keys.ts';
import { readTrustFile } from '../gateway/knowledge/trust/load-trust.ts';
import { checkPlatformRoots, readPlatformToken } from '../gateway/link/platform-files.ts';
import { readAdminToken } from '../gateway/transport/admin/admin-listener.ts';
import { serverLibrary } from '../gateway/transport/server-library.ts';
import { readTlsFiles } from '../gateway/transport/tls-files.ts';
import { PRESENTABLE_FAMILIES } from '../workers/families/table.ts';
import { checkHotel } from './check-hotel.ts';
import { checkHolders } from './crypto/check-holders.ts';

/** What a city document holds, a line. Throws ScenesError. */
export function checkCity(path: string): string {
  const { scenes, services, revision } = loadScenes(PRESENTABLE_FAMILIES, path);
  const served = services.filter(({ kind }) => kind === 'service').length;
  return `${scenes.length} scenes of ${served} services, revision ${revision}`;
}

/**
 * What was found usable, a line. Keys that are held elsewhere are used once each. Rejects with ScenesError, TrustError,
 * PlatformError, ClusterError, TransportError, HotelError or CryptoError.
 */
export async function checkSettings(settings: Settings): Promise<string> {
  const { city, platform, trust_file, listen, admin, hotel, cluster } = settings;
  const found = [`${loadScenes(PRESENTABLE_FAMILIES, city).scenes.length} scenes`];
  if (platform) {
    checkPlatformRoots(platform, settings.crypto);
    readPlatformToken(platform.token_file);
    found.push(`trust and lists from ${platform.url}`);
  } else if (trust_file !== undefined) {
    found.push(`${readTrustFile(trust_file).document.anchors.length} anchors of trust`);
  }
  if (cluster) {
    readClusterKeys(cluster.keys_file, settings.crypto);
    if (cluster.bus) checkBusFiles(busOptions(settings.gateway_id, cluster.bus, () => 0));
    found.push(`one of the cluster ${cluster.name}`);
  }
  serverLibrary();
  if (listen.tls) readTlsFiles(listen.tls);
  if (admin.tls) readTlsFiles(admin.tls);
  if (admin.token_file !== undefined) readAdminToken(admin.token_file);
  found.push(listen.tls ? 'TLS' : 'no TLS');
  if (hotel) found.push(await checkHotel(hotel, settings.crypto));
  found.push(...(await checkHolders(settings)));
  return found.join(', ');
}
