/** The Digital Credentials API of the browser (W3C), where it has one: the document comes from this device, or from a phone nearby. */
import type { MadePhoneRequest } from './phone-answers.ts';

const PROTOCOL = 'openid4vp-v1-signed';

interface DigitalCredentialConstructor {
  userAgentAllowsProtocol?: (protocol: string) => boolean;
}

/** Of what is standardised late: whoever has it says whether it takes the protocol. */
export function hasBrowserWallet(): boolean {
  const { DigitalCredential } = globalThis as { DigitalCredential?: DigitalCredentialConstructor };
  if (DigitalCredential === undefined || !isSecureContext) return false;
  return DigitalCredential.userAgentAllowsProtocol?.(PROTOCOL) ?? true;
}

/** What the guest agreed to; null: nothing was given. Never rejects. */
export async function askBrowserWallet(
  request: NonNullable<MadePhoneRequest['dc_api']>,
  signal: AbortSignal,
): Promise<{ readonly protocol: string; readonly data: unknown } | null> {
  const options = { digital: { requests: [request] }, mediation: 'required', signal };
  try {
    const credential = (await navigator.credentials.get(options as CredentialRequestOptions)) as {
      readonly protocol?: string;
      readonly data?: unknown;
    } | null;
    const { protocol, data } = credential ?? {};
    return protocol === undefined || data === undefined ? null : { protocol, data };
  } catch {
    return null;
  }
}
