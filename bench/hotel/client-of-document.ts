/**
 * A client made from an OpenAPI document when it runs. It knows of the API what the document says and nothing else: method, path,
 * parameters, the form of bodies and answers, and what opens an operation. What it is asked to send and what it is answered is
 * held to the document's schemas.
 */
import { OptionsError } from '../options.ts';
import { type OpenApi, type Operation, readOpenApi } from './openapi.ts';

export interface Called {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Headers;
  /** When the whole answer was there, before it was checked; milliseconds, of performance.now(). */
  readonly answeredMs: number;
}

export interface Given {
  readonly body?: unknown;
  /** Of path, query and header, by the document's name, in small letters. */
  readonly values?: Readonly<Record<string, string>>;
  /** Beside those of the document: what a browser would send by itself. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Of an API client, as whoever runs the desk gave it. */
export interface Credentials {
  readonly id: string;
  readonly secret: string;
}

const FORM = 'application/x-www-form-urlencoded';
const MS_PER_S = 1_000;

export class DocumentClient {
  readonly #url: string;
  readonly #api: OpenApi;
  /** Of every request, by the document's name. */
  readonly #always: () => Readonly<Record<string, string>>;
  #access: { readonly credentials: Credentials; readonly scopes: string } | null = null;
  #token: { readonly header: string; readonly untilMs: number } | null = null;

  private constructor(url: string, api: OpenApi, always: () => Readonly<Record<string, string>>) {
    this.#url = url;
    this.#api = api;
    this.#always = always;
  }

  /** `documentUrl`: where the API describes itself. `always`: values drawn anew for each request. */
  static async of(
    documentUrl: string,
    always: () => Readonly<Record<string, string>>,
  ): Promise<DocumentClient> {
    const api = readOpenApi(await (await fetch(documentUrl)).json());
    return new DocumentClient(new URL(documentUrl).origin, api, always);
  }

  /** From now on with an access token of these credentials, good for these operations and no others (RFC 6749 clause 4.4). */
  async authorise(credentials: Credentials, operationIds: readonly string[]): Promise<void> {
    this.#access = { credentials, scopes: this.scopesOf(operationIds).join(' ') };
    await this.#authorization();
  }

  /** What these operations want of an API client. Throws OptionsError where one is not for API clients. */
  scopesOf(operationIds: readonly string[]): readonly string[] {
    const { scheme } = this.#api.clientCredentials;
    const scopes = operationIds.flatMap((operationId) => {
      const wanted = this.#api.operation(operationId).security.find(([name]) => name === scheme);
      if (wanted === undefined) throw new OptionsError(`${operationId} is not for API clients`);
      return wanted[1];
    });
    return [...new Set(scopes)];
  }

  /** Rejects where the document forbids what is sent, or does not have what is answered. */
  async call(operationId: string, { body, values = {}, headers = {} }: Given = {}): Promise<Called> {
    const operation = this.#api.operation(operationId);
    const all = { ...this.#always(), ...values };
    const { path, query, named } = filled(operation, all);
    const fault = operation.body?.faultOf(body) ?? null;
    if (fault !== null) throw new OptionsError(`the document forbids the body of ${operationId}: ${fault}`);
    const { scheme } = this.#api.clientCredentials;
    const isForClients = operation.security.some(([name]) => name === scheme);
    const answer = await fetch(`${this.#url}${path}${query}`, {
      method: operation.method,
      headers: {
        ...named,
        ...headers,
        ...(isForClients && this.#access !== null && { authorization: await this.#authorization() }),
        ...(operation.body !== null && { 'content-type': operation.body.mediaType }),
      },
      ...(operation.body !== null && { body: JSON.stringify(body) }),
    });
    const said: unknown = JSON.parse(await answer.text());
    const answeredMs = performance.now();
    checkAnswer(operation, answer, said);
    return { status: answer.status, body: said as Called['body'], headers: answer.headers, answeredMs };
  }

  async #authorization(): Promise<string> {
    if (this.#token !== null && Date.now() < this.#token.untilMs) return this.#token.header;
    if (this.#access === null) throw new OptionsError('the client has no credentials');
    const { credentials, scopes } = this.#access;
    const basic = Buffer.from(`${credentials.id}:${credentials.secret}`).toString('base64');
    const answer = await fetch(new URL(this.#api.clientCredentials.tokenUrl, this.#url), {
      method: 'POST',
      headers: { authorization: `Basic ${basic}`, 'content-type': FORM },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope: scopes }).toString(),
    });
    if (!answer.ok) throw new OptionsError(`the desk gives no access token: ${answer.status}`);
    const token = (await answer.json()) as { readonly access_token: string; readonly expires_in: number };
    // Renewed well before it ends.
    const untilMs = Date.now() + (token.expires_in * MS_PER_S) / 2;
    this.#token = { header: `Bearer ${token.access_token}`, untilMs };
    return this.#token.header;
  }
}

function filled({ operationId, path, parameters }: Operation, values: Readonly<Record<string, string>>) {
  const query = new URLSearchParams();
  const named: Record<string, string> = {};
  let whole = path;
  for (const { name, place, faultOf } of parameters) {
    const value = values[name.toLowerCase()];
    const fault = value === undefined ? 'it is required' : faultOf(value);
    if (value === undefined || fault !== null) {
      throw new OptionsError(`${operationId}: ${place} ${name}: ${fault}`);
    }
    if (place === 'path') whole = whole.replace(`{${name}}`, encodeURIComponent(value));
    else if (place === 'query') query.set(name, value);
    else named[name] = value;
  }
  return { path: whole, query: query.size === 0 ? '' : `?${query}`, named };
}

/** Throws OptionsError where status, media type or body are not those of the document. */
function checkAnswer({ operationId, answers }: Operation, { status, headers }: Response, body: unknown) {
  const documented = answers.get(String(status)) ?? answers.get(`${Math.floor(status / 100)}XX`);
  if (documented === undefined)
    throw new OptionsError(`the document does not have ${status} of ${operationId}`);
  const mediaType = (headers.get('content-type') ?? '').split(';')[0] ?? '';
  const faultOf = documented.get(mediaType);
  if (faultOf === undefined) {
    throw new OptionsError(`the document does not have ${mediaType} as ${status} of ${operationId}`);
  }
  const fault = faultOf(body);
  if (fault !== null)
    throw new OptionsError(`${status} of ${operationId} is not as the document has it: ${fault}`);
}
