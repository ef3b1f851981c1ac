/** What a transport needs of device authentication. */
import type { Code } from '../../config/codes.ts';
import type { Device } from '../tap/tap.ts';

export type AuthResult =
  | { readonly ok: true; readonly device: Device }
  | { readonly ok: false; readonly code: Code };

export interface DeviceAuth {
  /** A device token, used once, or a session token; null where the request carried none. */
  authenticate(bearer: string | null): Promise<AuthResult>;
  /** A device token only, as in hello. */
  authenticateToken(token: string): Promise<AuthResult>;
  /** Exchanges an authenticated device for a session token for HTTP. */
  openSession(
    device: Device,
  ): { readonly token: string; readonly expiresAtMs: number } | { readonly code: Code };
}
