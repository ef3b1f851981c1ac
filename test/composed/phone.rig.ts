/** A composed desk that takes phone documents, and a clerk at it. */
import type { City } from '../../platform/city.ts';
import { type ComposedDesk, startDesk } from './desk.rig.ts';
import { type DeskSession, signIn } from './desk-session.rig.ts';
import { Wallet } from './wallet.rig.ts';

/** As phones know the desk: they ask for HTTPS, which whoever stands in front of it speaks. */
export const PUBLIC_URL = 'https://desk.harbour.test';

const FORM = 'application/x-www-form-urlencoded';

export interface AskedFor {
  readonly requestId: string;
  readonly uri: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface PhoneDesk {
  readonly desk: ComposedDesk;
  readonly clerk: DeskSession;
  readonly city: City;
  ask(body?: object): Promise<AskedFor>;
  read(requestId: string): Promise<Readonly<Record<string, unknown>>>;
  /** As the clerk. */
  send(path: string, body?: object): Promise<{ status: number; body: Record<string, unknown> }>;
  /** The request of a QR code's text, without a wallet. */
  fetchRequest(uri: string, method: 'GET' | 'POST' | 'HEAD', form?: string): Promise<Response>;
  /** To where a wallet is to answer. */
  postForm(request: object, form: Record<string, string> | string, mediaType?: string): Promise<Response>;
  wallet(options?: { readonly badIssuer?: boolean }): Wallet;
  stop(): Promise<void>;
}

type PhoneDeskOptions = NonNullable<Parameters<typeof startDesk>[0]> & { readonly publicUrl?: string | null };

/** `publicUrl` null: known by its own address alone, as the browser of a test opens it. */
export async function startPhoneDesk({
  publicUrl = PUBLIC_URL,
  ...options
}: PhoneDeskOptions = {}): Promise<PhoneDesk> {
  const desk = await startDesk({
    ...options,
    hotel: { ...(publicUrl !== null && { public_url: publicUrl }), ...options.hotel },
  });
  const routed = (url: string) => url.replace(PUBLIC_URL, desk.url);
  const clerk = await signIn(desk, 'clerk');
  const send: PhoneDesk['send'] = async (path, body) => {
    const response = await clerk.ask(path, body === undefined ? {} : { body });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  return {
    desk,
    clerk,
    city: desk.composed.city,
    send,
    async ask(wish = { mode: 'qr' }) {
      const { status, body } = await send('/v1/phone-requests', wish);
      if (status !== 200) throw new Error(JSON.stringify(body));
      return { requestId: String(body['request_id']), uri: String(body['uri']), body };
    },
    read: async (requestId) => (await send(`/v1/phone-requests/${requestId}`)).body,
    fetchRequest(uri, method, form = '') {
      const { searchParams } = new URL(uri);
      return fetch(routed(String(searchParams.get('request_uri'))), {
        method,
        ...(method === 'POST' && { headers: { 'content-type': FORM }, body: form }),
      });
    },
    postForm: (request, form, mediaType = FORM) =>
      fetch(routed((request as { response_uri: string }).response_uri), {
        method: 'POST',
        headers: { 'content-type': mediaType },
        body: typeof form === 'string' ? form : String(new URLSearchParams(form)),
      }),
    wallet: (wish = {}) => new Wallet(desk.composed.city, { ...wish, route: routed }),
    stop: () => desk.stop(),
  };
}
