/**
 * A guest's phone, made of other people's libraries: `@openid4vc/openid4vp` reads the request and sends the answer, `@owf/mdoc` and
 * `@sd-jwt/*` show the documents, `dcql` matches them with what is asked. The platform's issuers sign for the wallet's key.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto';
import { Openid4vpClient } from '@openid4vc/openid4vp';
import {
  CoseKey,
  DeviceRequest,
  DeviceResponse,
  DocRequest,
  IssuerSigned,
  ItemsRequest,
  type MdocContext,
  SessionTranscript,
} from '@owf/mdoc';
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc';
import { DcqlQuery } from 'dcql';
import { CompactEncrypt, calculateJwkThumbprint, importJWK, type JWK, jwtVerify } from 'jose';
import { cbor, Tagged } from '../../platform/cbor.ts';
import type { City } from '../../platform/city.ts';
import { issueMobileDocument } from '../../platform/issue/mdoc.ts';
import { type P256Key, p256Jwk, p256Key, p256Sign } from '../../platform/p256.ts';

export const LICENCE = 'org.iso.18013.5.1.mDL';
export const IDENTITY = 'urn:city:person:1';
const DAY_MS = 86_400_000;
/** A JPEG begins so. */
const PORTRAIT = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0x00, 0x10, 0x4a, 0x46, 0x49, 0x46, 0x00, 0x01);

/** What is wrong with an answer; by default nothing. */
export interface Faults {
  /** Of the key binding JWT. */
  readonly kb?: Readonly<Partial<{ aud: string; nonce: string; iat: number }>>;
  readonly kbKey?: P256Key;
  /** Changes the presentation as it is sent. */
  readonly presentation?: (text: string) => string;
  readonly transcript?: Readonly<
    Partial<{
      nonce: string;
      responseUri: string;
      clientId: string;
      origin: string;
      jwkThumbprint: Uint8Array;
    }>
  >;
  /** Claims that are left out. */
  readonly without?: readonly string[];
  readonly encryptTo?: JWK;
  /** Changes the answer before it is encrypted. */
  readonly answer?: (answer: Record<string, unknown>) => Record<string, unknown>;
}

type Resolved = Awaited<ReturnType<Openid4vpClient['resolveOpenId4vpAuthorizationRequest']>>;
type Shows = 'mdoc' | 'sd-jwt';

const sha = (algorithm: string, data: Uint8Array | string) =>
  createHash(algorithm.replace('-', '')).update(data).digest();

const mdocContext = {
  crypto: {
    random: (length: number) => randomBytes(length),
    digest: ({ digestAlgorithm, bytes }: { digestAlgorithm: string; bytes: Uint8Array }) =>
      sha(digestAlgorithm.toLowerCase(), bytes),
  },
  cose: {
    sign1: {
      sign: ({ toBeSigned, key }: { toBeSigned: Uint8Array; key: CoseKey }) =>
        sign('sha256', toBeSigned, {
          key: createPrivateKey({ key: key.jwk as never, format: 'jwk' }),
          dsaEncoding: 'ieee-p1363',
        }),
    },
  },
} as unknown as MdocContext;

export class Wallet {
  readonly key = p256Key(randomBytes(40));
  readonly #mdoc: IssuerSigned;
  readonly #sdJwt: Promise<string>;
  readonly #client: Openid4vpClient;

  /** `route`: where requests to an address go. */
  constructor(city: City, { badIssuer = false, route = (url: string) => url } = {}) {
    this.#mdoc = licenceOf(city, this.key, badIssuer);
    this.#sdJwt = identityOf(city, this.key, badIssuer);
    this.#client = new Openid4vpClient({ callbacks: callbacks(route) as never });
  }

  /** Of the text in the QR code; the library fetches the request and checks signature, certificate and client identifier. */
  async scan(uri: string, method?: 'get' | 'post'): Promise<Resolved> {
    const asked =
      method === undefined ? uri : uri.replace('request_uri_method=post', `request_uri_method=${method}`);
    const { params } = this.#client.parseOpenid4vpAuthorizationRequest({ authorizationRequest: asked });
    return this.#client.resolveOpenId4vpAuthorizationRequest({
      authorizationRequestPayload: params as never,
      wallet: { nonce: 'wallet-nonce' } as never,
    });
  }

  /** Of `data` of a request of the Digital Credentials API, for a page at `origin`. */
  resolve(data: { readonly request: string }, origin: string): Promise<Resolved> {
    return this.#client.resolveOpenId4vpAuthorizationRequest({
      authorizationRequestPayload: data as never,
      origin,
    });
  }

  /** The encrypted answer. `origin`: over the Digital Credentials API. */
  async answer(
    { authorizationRequestPayload: request }: Resolved,
    shows: Shows,
    faults: Faults = {},
    origin?: string,
  ) {
    const query = DcqlQuery.parse(request.dcql_query as never);
    DcqlQuery.validate(query);
    const presented =
      shows === 'mdoc'
        ? await this.#showMdoc(request, faults, origin)
        : await this.#showSdJwt(request, faults, origin);
    const asked = query.credentials.find(({ format, meta }) =>
      shows === 'mdoc' ? format === 'mso_mdoc' && meta?.doctype_value === LICENCE : format === 'dc+sd-jwt',
    );
    if (asked === undefined) throw new Error('the desk asks for no such document');
    const presentation = (faults.presentation ?? ((text: string) => text))(presented);
    const answer = (faults.answer ?? ((each: Record<string, unknown>) => each))({
      vp_token: { [asked.id]: [presentation] },
    });
    const made = await this.#client.createOpenid4vpAuthorizationResponse({
      authorizationRequestPayload: request,
      authorizationResponsePayload: answer as never,
      ...(origin !== undefined && { origin }),
      jarm: {
        encryption: { nonce: 'of the mdoc', ...(faults.encryptTo && { jwk: faults.encryptTo as never }) },
        serverMetadata: {
          authorization_signing_alg_values_supported: [],
          authorization_encryption_alg_values_supported: ['ECDH-ES'],
          authorization_encryption_enc_values_supported: ['A256GCM', 'A128GCM'],
        },
      },
    });
    return made;
  }

  /** Answers what was scanned; HTTP status and JSON of what the desk says to that. */
  async post(resolved: Resolved, shows: Shows, faults: Faults = {}) {
    const made = await this.answer(resolved, shows, faults);
    const { response } = await this.#client.submitOpenid4vpAuthorizationResponse({
      authorizationRequestPayload: resolved.authorizationRequestPayload as never,
      authorizationResponsePayload: made.authorizationResponsePayload as never,
      jarm: made.jarm as never,
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  async #showSdJwt(
    request: Resolved['authorizationRequestPayload'],
    { kb, kbKey, without = [] }: Faults,
    origin?: string,
  ) {
    const instance = sdJwtInstance(this.key, kbKey ?? this.key);
    const frame = Object.fromEntries(
      ['family_name', 'given_name', 'birthdate', 'document_number', 'sex', 'nationalities']
        .filter((name) => !without.includes(name))
        .map((name) => [name, true]),
    );
    const aud = origin === undefined ? request.client_id : `origin:${origin}`;
    return instance.present(await this.#sdJwt, frame as never, {
      kb: { payload: { iat: Math.floor(Date.now() / 1_000), aud: String(aud), nonce: request.nonce, ...kb } },
    });
  }

  async #showMdoc(
    request: Resolved['authorizationRequestPayload'],
    { transcript, without = [] }: Faults,
    origin?: string,
  ) {
    const [jwk] = (request.client_metadata as { jwks: { keys: JWK[] } }).jwks.keys;
    const jwkThumbprint = Buffer.from(await calculateJwkThumbprint(jwk as JWK, 'sha256'), 'base64url');
    const { nonce } = request;
    const sessionTranscript =
      origin === undefined
        ? await SessionTranscript.forOid4Vp(
            {
              clientId: String(request.client_id),
              nonce,
              responseUri: String(request['response_uri']),
              jwkThumbprint,
              ...transcript,
            },
            mdocContext,
          )
        : await SessionTranscript.forOid4VpDcApi(
            { origin, nonce, jwkThumbprint, ...transcript },
            mdocContext,
          );
    const names = [
      'family_name',
      'given_name',
      'birth_date',
      'document_number',
      'portrait',
      'sex',
      'nationality',
    ];
    const elements = new Map(names.filter((name) => !without.includes(name)).map((name) => [name, true]));
    const itemsRequest = ItemsRequest.create({
      docType: LICENCE,
      namespaces: new Map([['org.iso.18013.5.1', elements]]),
    } as never);
    const response = await DeviceResponse.createWithDeviceRequest(
      {
        deviceRequest: DeviceRequest.create({ docRequests: [DocRequest.create({ itemsRequest })] }),
        sessionTranscript,
        issuerSigned: [this.#mdoc],
        signature: { signingKey: CoseKey.fromJwk({ ...privateJwk(this.key), alg: 'ES256' }) },
      },
      mdocContext,
    );
    return response.encodedForOid4Vp;
  }
}

function callbacks(route: (url: string) => string) {
  return {
    fetch: (url: string | URL, init: RequestInit) => fetch(route(String(url)), init),
    hash: (data: Uint8Array, algorithm: string) => sha(algorithm, data),
    getX509CertificateMetadata: () => ({ sanDnsNames: [], sanUriNames: [] }),
    async verifyJwt(signer: { method: string; x5c?: string[] }, { compact }: { compact: string }) {
      const [leaf = ''] = signer.x5c ?? [];
      const { publicKey } = new X509Certificate(Buffer.from(leaf, 'base64'));
      await jwtVerify(compact, publicKey, { algorithms: ['ES256'] });
      return { verified: true, signerJwk: publicKey.export({ format: 'jwk' }) };
    },
    async encryptJwe(
      { publicJwk, alg, enc, apu, apv }: Record<string, string> & { publicJwk: JWK },
      data: string,
    ) {
      const jwe = await new CompactEncrypt(Buffer.from(data))
        .setProtectedHeader({
          alg: String(alg),
          enc: String(enc),
          ...(publicJwk.kid && { kid: publicJwk.kid }),
        })
        .setKeyManagementParameters({
          ...(apu && { apu: Buffer.from(apu, 'base64url') }),
          ...(apv && { apv: Buffer.from(apv, 'base64url') }),
        })
        .encrypt(await importJWK(publicJwk, String(alg)));
      return { encryptionJwk: publicJwk, jwe };
    },
  };
}

function privateJwk(key: P256Key): JWK {
  return { ...p256Jwk(key), d: Buffer.from(key.d).toString('base64url') };
}

const signer = (key: P256Key) => (data: string) =>
  Buffer.from(p256Sign(key, Buffer.from(data, 'ascii'))).toString('base64url');

function sdJwtInstance(issuer: P256Key, holder: P256Key) {
  return new SDJwtVcInstance({
    hasher: (data: string | ArrayBuffer, algorithm: string) =>
      sha(algorithm, typeof data === 'string' ? data : new Uint8Array(data)),
    hashAlg: 'sha-256',
    saltGenerator: (length: number) => randomBytes(length).toString('base64url'),
    signer: signer(issuer),
    signAlg: 'ES256',
    kbSigner: signer(holder),
    kbSignAlg: 'ES256',
  });
}

/** A resident's credential: the issuer is the platform's. */
function identityOf(city: City, holder: P256Key, badIssuer: boolean): Promise<string> {
  const { issuer, key, header } = city.sdJwt.residents;
  const nowS = Math.floor(Date.now() / 1_000);
  return sdJwtInstance(badIssuer ? city.sdJwt.strangers.residents.key : key, holder).issue(
    {
      ...{
        iss: issuer,
        vct: IDENTITY,
        iat: nowS - 86_400,
        exp: nowS + 86_400,
        cnf: { jwk: p256Jwk(holder) },
      },
      ...{ family_name: 'Zhang', given_name: 'Wei', birthdate: '1990-04-05', document_number: 'P1234567' },
      ...{ sex: 1, nationalities: ['CN'], issuing_country: 'CN' },
    } as never,
    { _sd: ['family_name', 'given_name', 'birthdate', 'document_number', 'sex', 'nationalities'] } as never,
    { header: { ...header } },
  );
}

/** A driving licence: the issuing authority is the platform's. */
function licenceOf(city: City, holder: P256Key, badIssuer: boolean): IssuerSigned {
  const nowMs = Date.now();
  const fullDate = (text: string) => new Tagged(1004, text);
  const values: Record<string, unknown> = {
    ...{
      family_name: 'Zhang',
      given_name: 'Wei',
      birth_date: fullDate('1990-04-05'),
      document_number: 'M1234567',
    },
    ...{
      portrait: PORTRAIT,
      sex: 1,
      nationality: 'CN',
      issuing_country: 'CN',
      issue_date: fullDate('2020-01-01'),
    },
  };
  const document = issueMobileDocument({
    authority: badIssuer ? city.mdoc.stranger : city.mdoc,
    docType: LICENCE,
    elements: Object.entries(values).map(([identifier, value]) => ({
      nameSpace: 'org.iso.18013.5.1',
      identifier,
      value,
    })),
    deviceKey: holder,
    ...{
      seed: 'wallet',
      index: 0,
      signedMs: nowMs - DAY_MS,
      validFromMs: nowMs - DAY_MS,
      validUntilMs: nowMs + DAY_MS,
    },
  });
  const encoded = cbor({
    nameSpaces: new Map([['org.iso.18013.5.1', document.items]]),
    issuerAuth: document.issuerAuth,
  });
  return IssuerSigned.decode(encoded);
}

export { createPublicKey };
