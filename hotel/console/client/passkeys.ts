/** Passkeys of this browser or of a key beside it. What the browser did not do is null: whoever sat there turned away. */
import {
  browserSupportsWebAuthn,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  startAuthentication,
  startRegistration,
} from '@simplewebauthn/browser';
import type { Session } from './answers.ts';
import { type Answer, post } from './api.ts';
import { entered } from './sign-in.ts';

export interface Passkey {
  readonly id: string;
  readonly name: string;
  readonly created_at_ms: number;
}

/** They are bound to a name, and need a page that nobody on the way could have changed. */
export const canUsePasskeys = (): boolean =>
  isSecureContext && browserSupportsWebAuthn() && !/^(\d+\.){3}\d+$|^\[/.test(location.hostname);

export async function enterByPasskey(): Promise<Answer<Session> | null> {
  const options = await post<PublicKeyCredentialRequestOptionsJSON>('/session/passkey-options', {});
  if (!options.ok) return options;
  const response = await startAuthentication({ optionsJSON: options.value }).catch(() => null);
  if (response === null) return null;
  const answer = await post<Session>('/session/passkey', { response });
  if (answer.ok) entered(answer.value);
  return answer;
}

export async function addPasskey(name: string): Promise<Answer<Passkey> | null> {
  const options = await post<PublicKeyCredentialCreationOptionsJSON>('/session/passkeys/options', {});
  if (!options.ok) return options;
  const response = await startRegistration({ optionsJSON: options.value }).catch(() => null);
  return response === null ? null : post<Passkey>('/session/passkeys', { name, response });
}
