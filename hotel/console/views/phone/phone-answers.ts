/** What the desk answers of phone documents, as its OpenAPI document says. */
import type { BothWords, Verification } from '../../client/answers.ts';

export interface MadePhoneRequest {
  readonly request_id: string;
  /** For the QR code; null for the browser's own API. */
  readonly uri: string | null;
  readonly expires_in_ms: number;
  readonly words: BothWords;
  /** Why phones cannot reach the desk; null: they can, as far as its address says. */
  readonly reach: BothWords | null;
  readonly dc_api?: { readonly protocol: string; readonly data: { readonly request: string } };
}

export interface PhoneRequestAnswer {
  readonly request_id: string;
  readonly state: 'made' | 'fetched' | 'answered' | 'judged' | 'failed' | 'expired';
  readonly code: string | null;
  readonly words: BothWords;
  readonly verification: Verification | null;
}

/** Whether something can still become of it. */
export const isOpen = ({ state }: Pick<PhoneRequestAnswer, 'state'>): boolean =>
  state === 'made' || state === 'fetched' || state === 'answered';
