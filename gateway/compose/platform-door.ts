/** The platform as the main thread knows it: its address, and the token of the moment. */
import type { Settings } from '../../config/settings.ts';
import type { PlatformLink } from '../link/link.ts';
import { readPlatformToken } from '../link/platform-files.ts';
import type { ClientEndpoint } from '../outbound/keep-alive-client.ts';

/** Where the main thread asks the platform, and what it shows: the token of the moment. */
export class PlatformDoor implements ClientEndpoint {
  readonly url: string;
  token: string;

  /** Throws PlatformError when the token file cannot be used. */
  constructor({ url, token_file }: NonNullable<Settings['platform']>) {
    this.url = url;
    this.token = readPlatformToken(token_file);
  }
}

/** Null: the file holds the same. Throws PlatformError when it cannot be used. */
export function renewedToken(file: string, door: PlatformDoor, link: PlatformLink): { apply(): void } | null {
  const token = readPlatformToken(file);
  if (token === door.token) return null;
  return {
    apply: () => {
      door.token = token;
      link.token(token);
    },
  };
}
