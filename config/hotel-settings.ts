/** Settings of the hotel desk. Without `hotel` there is none. */
import { Type } from 'typebox';
import { isLoopbackHost } from './loopback.ts';
import { PhoneSchema, type PhoneSettings, phoneRelations } from './phone-settings.ts';
import { bytes, closed, count, ms, tlsFiles } from './setting-kinds.ts';

const NAME = '^[a-z0-9][a-z0-9.-]{0,31}$';
const file = (description: string) => Type.String({ minLength: 1, description });
const days = (value: number, description: string) =>
  Type.Integer({ minimum: 1, maximum: 36_500, default: value, description });

const RegisterSchema = closed({
  store: Type.Union([Type.Literal('lmdb'), Type.Literal('postgresql')], {
    default: 'lmdb',
    description: 'lmdb: in data_dir. postgresql: a server for several desks of one hotel, or of a chain.',
  }),
  url_file: Type.Optional(
    file('File with the address of the PostgreSQL server (postgresql://user:password@host/database).'),
  ),
  max_bytes: bytes(68_719_476_736, 'Disk the register may use in data_dir.'),
});

const ReportSchema = closed({
  adapter: Type.Union([Type.Literal('manual'), Type.Literal('file'), Type.Literal('http')], {
    default: 'manual',
    description:
      'How reports reach public security. manual: a person types them in there, and the receipt here. file: a file of ' +
      'fixed width in GBK. http: over an interface.',
  }),
  url: Type.Optional(Type.String({ minLength: 1, description: 'Address of the interface, for http.' })),
  token_file: Type.Optional(file('File with the bearer token of the interface.')),
  folder: Type.Optional(file('Folder that files are written to, for file; default: in data_dir.')),
  fields_file: Type.Optional(
    file('Field table of such files (YAML), as the local bureau has it; default: the one that comes along.'),
  ),
  retry_ms: ms(30_000, 'Time between two attempts to hand over a report that was not taken.'),
});

const WebhooksSchema = closed({
  retry_ms: ms(
    2_000,
    'Pause after a delivery that failed; twice as long after each further one, 128 times at most.',
  ),
  answer_ms: ms(10_000, 'Time within which a receiver must answer.'),
  alarm_ms: ms(900_000, 'A webhook whose deliveries fail for so long raises an alarm. Nothing is discarded.'),
  private_networks: Type.Boolean({
    default: false,
    description:
      'Whether webhooks may go to private addresses (10/8, 172.16/12, 192.168/16, 100.64/10, fc00::/7), as of a hotel system in the ' +
      'house. Link-local addresses, where clouds keep their secrets, are never reached.',
  }),
});

const SessionsSchema = closed({
  idle_ms: ms(900_000, 'Time without a request after which an operator signs in anew.'),
  absolute_ms: ms(28_800_000, 'Time after which an operator signs in anew, whatever was done.'),
  per_operator: count(8, 'Sessions of one operator at once; one more ends the oldest.'),
  in_all: count(1_024, 'Sessions of all operators at once.'),
  token_ms: ms(600_000, 'Life of an access token of an API client.'),
});

const LimitsSchema = closed({
  body_bytes: bytes(1_048_576, 'One request body.'),
  connections: count(512, 'Connections at once.'),
  requests_per_s: count(200, 'Requests of one address a second, over five seconds.'),
  verifications_in_flight: count(64, 'Presentations that are being judged at once.'),
  verification_lifetime_ms: ms(600_000, 'How long a verification can be used for a check-in.'),
  verifications_kept: count(4_096, 'Verifications that can be used for a check-in at once.'),
  party: count(64, 'Guests of one stay.'),
  page_items: count(100, 'Items of one page of an answer.'),
  idempotency_keep_ms: ms(86_400_000, 'How long an answer is kept under its idempotency key.'),
  event_keep_ms: ms(2_592_000_000, 'How long events can be replayed.'),
  subscriptions: count(32, 'Webhooks.'),
  operators: count(1_000, 'Accounts of operators.'),
  clients: count(200, 'API clients.'),
  pin_attempts: count(
    5,
    'Wrong PINs of one card, one desk, or the pair, before each further attempt is delayed.',
  ),
  pin_delay_max_ms: ms(900_000, 'Longest such delay.'),
  phone_requests: count(256, 'Requests for phone documents that are open at once.'),
  phone_request_ms: ms(300_000, 'How long one is open.'),
});

export const HotelSchema = Type.Object(
  {
    hotel_id: Type.String({
      pattern: NAME,
      description: 'Name of the hotel; its guests are sealed under it.',
    }),
    title: Type.Optional(
      Type.String({ minLength: 1, maxLength: 128, description: 'Name of the hotel as guests know it.' }),
    ),
    listen: closed({
      host: Type.String({
        minLength: 1,
        default: '127.0.0.1',
        description: 'Address of console and API. One that is not of this machine needs tls.',
      }),
      port: Type.Integer({ minimum: 0, maximum: 65_535, default: 8_990, description: '0: any free port.' }),
      tls: tlsFiles('PEM files. Cameras, serial scanners and passkeys need TLS, or loopback.'),
    }),
    public_url: Type.Optional(
      Type.String({
        pattern: '^https?://[^/?#]+$',
        description:
          'Address that browsers and phones know the desk by, without a path; default: that of listen. Passkeys are bound to it.',
      }),
    ),
    scenes: Type.Array(Type.String({ minLength: 1, maxLength: 63 }), {
      minItems: 1,
      maxItems: 16,
      default: ['11/desk', '11/guest'],
      description:
        'Scenes that desks judge by; the first is for cards, one that takes phone documents for those.',
    }),
    desks: Type.Array(Type.String({ pattern: NAME }), {
      minItems: 1,
      maxItems: 64,
      default: ['front-1'],
      description:
        'Names of the workplaces; challenges, readers and counts of wrong PINs are bound to one each.',
    }),
    key_file: file(
      'Key-encryption key of the register: 32 bytes in hex, kept by the operator apart from data_dir. Without it the desk does ' +
        'not start.',
    ),
    match_key_file: Type.Optional(
      file(
        'Key that names and document numbers are hashed under before the platform is asked whether they match: 32 bytes in hex, ' +
          'shared with the platform. Without it nothing is matched but signed claims.',
      ),
    ),
    pin_secret_file: Type.Optional(
      file(
        'Secret that the PINs of a signed list are hashed with: 16 to 64 bytes in hex, kept apart from the list. Without it PINs ' +
          'are checked by the platform alone.',
      ),
    ),
    rules_file: Type.Optional(
      file(
        'Local rules: document kinds, fields, retention, due times (YAML); default: those that come along.',
      ),
    ),
    place: Type.Optional(
      Type.String({
        pattern: '^[0-9]{6}$',
        description:
          'Where the hotel is, a division of GB/T 2260: the local rules say by place how long stays are kept.',
      }),
    ),
    time_zone: Type.String({
      minLength: 1,
      maxLength: 64,
      default: 'Asia/Shanghai',
      description: 'Days of arrival and departure, and ages, are by its clocks (IANA).',
    }),
    retention_days: days(
      90,
      'How long a stay is kept after departure, where the local rules say nothing else. What the law of the place asks.',
    ),
    register: RegisterSchema,
    report: ReportSchema,
    webhooks: WebhooksSchema,
    sessions: SessionsSchema,
    phone: PhoneSchema,
    limits: LimitsSchema,
  },
  {
    additionalProperties: false,
    description: 'The hotel desk: console, API, register of guests. Without it there is none.',
  },
);

interface Hotel {
  readonly public_url?: string;
  readonly listen: { readonly host: string; readonly tls?: unknown };
  readonly register: { readonly store: string; readonly url_file?: string };
  readonly report: { readonly adapter: string; readonly url?: string };
  readonly sessions: { readonly idle_ms: number; readonly absolute_ms: number };
  readonly desks: readonly string[];
  readonly phone: PhoneSettings;
}

function isOverTlsOrHere(publicUrl: string | undefined): boolean {
  if (publicUrl === undefined || publicUrl.startsWith('https:')) return true;
  return isLoopbackHost(URL.parse(publicUrl)?.hostname ?? '');
}

/** Rules, each with whether it holds. */
export function hotelRelations(hotel: Hotel | undefined): [boolean, string][] {
  if (hotel === undefined) return [];
  const { listen, register, report, sessions, desks, phone, public_url: publicUrl } = hotel;
  return [
    [
      isLoopbackHost(listen.host) || listen.tls !== undefined,
      `hotel.listen: names and passwords would travel to ${listen.host} in the clear: set hotel.listen.tls, or leave host to this machine (127.0.0.1)`,
    ],
    [
      isOverTlsOrHere(publicUrl),
      `hotel.public_url: passwords would travel to ${publicUrl} in the clear: it must begin with https:, or be of this machine`,
    ],
    [
      register.store !== 'postgresql' || register.url_file !== undefined,
      'hotel.register.url_file is needed where hotel.register.store is postgresql',
    ],
    [
      report.adapter !== 'http' || report.url !== undefined,
      'hotel.report.url is needed where hotel.report.adapter is http',
    ],
    [
      report.url === undefined || isConfidential(report.url),
      'hotel.report.url: names and the token would travel in the clear: use https, or http to this machine',
    ],
    [
      sessions.idle_ms <= sessions.absolute_ms,
      'hotel.sessions.idle_ms must not exceed hotel.sessions.absolute_ms',
    ],
    [new Set(desks).size === desks.length, 'hotel.desks: two workplaces have one name'],
    ...phoneRelations(phone),
  ];
}

function isConfidential(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname } = new URL(address);
  return protocol === 'https:' || (protocol === 'http:' && isLoopbackHost(hostname));
}
