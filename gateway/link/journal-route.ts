/** The journal's way by the bus. Loaded only where the settings name one, with the client that it needs. */
import type { CryptoProfile } from '../../config/crypto-settings.ts';
import type { ClusterSettings } from '../../config/settings.ts';
import type { Bus } from '../cluster/bus/connect.ts';
import { busNames } from '../cluster/bus/subjects.ts';
import type { SealKeys } from '../outbound/platform-request.ts';
import { BusUploads } from '../outbox/bus/bus-uploads.ts';
import { BusRoute } from '../outbox/bus/choose-route.ts';
import type { UploadRoute } from '../outbox/upload-route.ts';

/** Messages of journals that wait for their confirmation, and their bytes together: some 3,000 records. */
const UPLOADS_MAX = 16;
const UPLOAD_BYTES_MAX = 1_048_576;

export interface JournalRouteOptions {
  /** Where it goes while the bus carries nothing. */
  readonly http: UploadRoute;
  readonly sealKeys: () => SealKeys | null;
  readonly onFault: (error: Error) => void;
  readonly onLost: (messages: number) => void;
}

export interface JournalRoute {
  readonly route: BusRoute;
  close(): Promise<void>;
}

export type OpenJournalRoute = (options: JournalRouteOptions) => JournalRoute;

export function journalRouteOver(
  bus: Bus,
  { gatewayId, profile }: { readonly gatewayId: string; readonly profile: CryptoProfile },
  { name, bus: settings }: ClusterSettings,
): OpenJournalRoute {
  const names = busNames(name);
  const bounds = {
    records: settings?.upload_records ?? 1,
    messageBytes: settings?.message_bytes ?? 1,
    messages: UPLOADS_MAX,
    bytes: UPLOAD_BYTES_MAX,
  };
  return ({ http, ...options }) => {
    const uploads = new BusUploads({ bus, names, gatewayId, profile, bounds, ...options });
    const route = new BusRoute({ uploads, http, fallbackMs: settings?.fallback_ms ?? 0 });
    const close = async () => {
      route.close();
      await uploads.close();
    };
    return { route, close };
  };
}
