/**
 * The gateway's settings: one schema with units in every name, a default for every value, and the relations
 * between limits asserted when they are loaded.
 */
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { Value } from 'typebox/value';
import { AdminSchema, adminRelations } from './admin-settings.ts';
import { ClusterSchema, clusterRelations } from './cluster-settings.ts';
import { CryptoSchema } from './crypto-settings.ts';
import { HotelSchema, hotelRelations } from './hotel-settings.ts';
import { keyRelations } from './key-settings.ts';
import { ListenSchema, listenRelations } from './listen-settings.ts';
import { isLoopbackHost } from './loopback.ts';
import { OnecardError } from './onecard-error.ts';
import { PlatformSchema } from './platform-settings.ts';
import { RECEIPT_LIMITS, ReceiptsSchema, receiptRelations } from './receipt-settings.ts';
import { bytes, closed, count, ms } from './setting-kinds.ts';
import { inheritedNames, settingsFaults } from './settings-faults.ts';
import { TraceSchema } from './trace-settings.ts';
import { transportRelations } from './transport-profile.ts';

const LimitsSchema = closed({
  frame_bytes: bytes(
    16_384,
    'One WebSocket message from a gate, or from whoever is not let in yet; over HTTP the same presentation, as text four times that.',
  ),
  frame_desk_bytes: bytes(98_304, 'The same from a desk, which may have portraits to send.'),
  frame_batch_bytes: bytes(98_304, 'The same from a batch client.'),
  body_bytes: bytes(2_097_152, 'One HTTP request body.'),
  body_bytes_per_device: bytes(
    8_388_608,
    'HTTP request bodies of one device that are on their way at once, by the length they announce; each counts as 8 KiB at least.',
  ),
  body_bytes_in_all: bytes(134_217_728, 'The same of all devices together.'),
  nesting_depth: count(6, 'Maps and arrays inside one another in a message.'),
  map_entries: count(128, 'Entries of one map or array in a message (a batch has its own limit).'),
  batch_items: count(256, 'Presentations in one batch request.'),
  connections: count(10_000, 'WebSocket connections at once that said hello and were let in.'),
  hellos: count(1_024, 'WebSocket connections at once that were not let in yet.'),
  hellos_per_address: count(256, 'The same from one address (of IPv6: from one /64).'),
  http_connections: count(8_192, 'HTTP connections at once.'),
  http_connections_per_address: count(2_048, 'The same from one address (of IPv6: from one /64).'),
  connections_per_device: count(4, 'WebSocket connections of one device at once.'),
  other_messages_per_s: count(
    200,
    'Messages of one WebSocket that are no taps or cannot be read, a second, over five seconds; more of them end it.',
  ),
  challenge_lifetime_ms: ms(60_000, 'How long a challenge that the gateway issued is good.'),
  challenges_per_s: count(50, 'Challenges that one device is issued, a second, over five seconds.'),
  challenge_numbers_per_device: count(
    32,
    'Unpredictable numbers for chip cards that were issued to one device and are good; one more ends its oldest.',
  ),
  ...RECEIPT_LIMITS,
  in_flight_per_device: count(1_024, 'Taps of one device that wait for an answer.'),
  cold_in_flight_per_device: count(
    512,
    'Among them, taps of cards whose certificates no thread remembers, told by what the device showed last.',
  ),
  queue_gate: count(8_192, 'Taps of gates that wait for a thread.'),
  queue_desk: count(2_048, 'Taps of desks that wait for a thread.'),
  queue_batch: count(2_048, 'Taps of batch clients that wait for a thread.'),
  deadline_gate_ms: ms(500, 'Time a gate is answered in.'),
  deadline_desk_ms: ms(2_000, 'Time a desk is answered in.'),
  deadline_batch_ms: ms(10_000, 'Time a batch client is answered in.'),
  hello_timeout_ms: ms(3_000, 'Time between connecting and hello.'),
  heartbeat_ms: ms(15_000, 'Time between heartbeats of a silent connection.'),
  send_buffer_bytes: bytes(4_194_304, 'Answers a client has not read yet, before it is cut off.'),
  unread_bytes: bytes(
    134_217_728,
    'Answers that clients have not read yet, all together; above that the one with most of it is cut off.',
  ),
  unread_ms: ms(10_000, 'Time for which a client may take none of its answers, before it is cut off.'),
  token_lifetime_ms: ms(120_000, 'Longest life of a device token.'),
  clock_tolerance_ms: ms(10_000, 'Clock difference tolerated in device tokens.'),
  session_lifetime_ms: ms(900_000, 'Life of a session token for HTTP.'),
  sessions: count(100_000, 'HTTP sessions at once.'),
  sessions_per_device: count(256, 'HTTP sessions of one device at once.'),
  used_tokens: count(1_000_000, 'Token identifiers remembered so that each is used once.'),
  used_tokens_per_device: count(10_000, 'Tokens of one device among them.'),
  replay_entries: count(4_000_000, 'Presentations remembered so that each is used once.'),
  replay_entries_per_device: count(
    500_000,
    'Presentations of one device among them; never more than it leaves room for others.',
  ),
  replay_window_ms: ms(
    600_000,
    'How long a presentation without an end of its own is remembered, unless its policy says.',
  ),
  remembered_bytes: bytes(
    67_108_864,
    'What each proving thread remembers of certificates, cards and ride codes that it has verified: memory, all in.',
  ),
  cards: count(20_000_000, 'Cards in the card list.'),
  trust_bytes: bytes(8_388_608, 'The trust document.'),
  city_bytes: bytes(4_194_304, 'The city document that the platform publishes.'),
  metadata_bytes: bytes(5_242_880, 'One file of TUF metadata.'),
  root_rotations: count(64, 'New roots of the TUF repository taken in one update.'),
  list_bytes: bytes(268_435_456, 'One snapshot of a list.'),
  delta_bytes: bytes(16_777_216, 'One signed delta of the card list, and one answer with deltas.'),
  delta_changes: count(1_000_000, 'Cards that deltas have changed since the snapshot, kept beside it.'),
  named_lists: count(64, 'Named lists at once.'),
  named_list_cards: count(1_000_000, 'Cards on one named list.'),
  token_status_lists: count(64, 'Token status lists at once.'),
  token_status_bytes: bytes(16_777_216, 'One token status list, inflated.'),
  passages: count(
    500_000,
    'People inside at once whose entry is remembered, of all areas together, where scenes have a direction.',
  ),
  budget_cards: count(1_000_000, 'Cards whose risk budget is counted in one outage.'),
});

const WorkersSchema = closed({
  threads: Type.Integer({
    minimum: 0,
    maximum: 256,
    default: 0,
    description: 'Proving threads; 0: one less than the cores, at least one.',
  }),
  batch_items_max: count(128, 'Presentations one thread is given at once.'),
  batch_target_ms: ms(5, 'Work one thread is given at once, by the measured cost of a presentation.'),
  hang_ms: ms(
    200,
    'Work on one batch after which a thread that has not answered it is replaced: time on a core, where the system tells ' +
      'it (Linux). One that sleeps over a batch has five times as long.',
  ),
  trust_load_ms: ms(
    30_000,
    'Time a thread has to load new trust, between its batches. One that needs longer is replaced, and the trust before stays.',
  ),
});

const JournalSchema = closed({
  durability: Type.Union([Type.Literal('sync'), Type.Literal('commit'), Type.Literal('none')], {
    default: 'sync',
    description:
      'sync: an answer waits until its record is on disk. commit: until it is in the operating system (survives a ' +
      'crash of the process, not of the machine). none: it does not wait.',
  }),
  max_bytes: bytes(68_719_476_736, 'Disk the journal may use.'),
  disk_reserve_bytes: bytes(
    67_108_864,
    "Disk that the journal leaves free for everything else. With less free it lives within its file's length, then " +
      'refuses taps.',
  ),
  ahead_bytes: bytes(
    67_108_864,
    "How far the journal's file is written ahead of what it holds, at most: a quarter of that, 4 MiB at least. It is what " +
      'taps can go on with once the disk is short.',
  ),
  keep_confirmed_ms: ms(
    604_800_000,
    'How long a record is kept after the platform confirmed it. Sooner, oldest first, where the disk is short.',
  ),
  flush_ms: Type.Integer({
    minimum: 0,
    maximum: 600_000,
    default: 5_000,
    description:
      'Time at the stop to hand the platform what it does not have yet; ended early when it has everything or does not ' +
      'answer. Whoever supervises the gateway should wait longer than this. 0: what is left waits for the next start.',
  }),
  checkpoint_ms: ms(1_000, 'Time between two signed checkpoints of the log while records come.'),
  checkpoint_key_file: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'Key that checkpoints are signed with (Ed25519, PKCS #8 in PEM); default: made in data_dir.',
    }),
  ),
  log_bytes: bytes(
    4_294_967_296,
    'Disk that hashes of single records may use, 32 bytes each; the oldest go first. Hashes over 256 records stay.',
  ),
  when_full: Type.Union([Type.Literal('refuse'), Type.Literal('drop_oldest')], {
    default: 'refuse',
    description:
      'What happens when max_bytes holds nothing but records that the platform has not confirmed. refuse: no tap is ' +
      'judged. drop_oldest: the oldest records are lost, counted and reported.',
  }),
});

const LiveSchema = closed({
  deadline_gate_ms: ms(150, 'Time the platform has to answer for a gate.'),
  deadline_desk_ms: ms(800, 'Time the platform has to answer for a desk.'),
  batch_items_max: count(256, 'Taps asked for in one request.'),
  requests_max: count(8, 'Requests under way at once.'),
  waiting_max: count(4_096, 'Taps that wait for a live answer at once; more are answered from the lists.'),
  codes_per_device: count(
    64,
    'Online codes of one device that are asked for at once; more are not asked for.',
  ),
  refused_codes: count(
    10_000,
    'Online codes that were refused lately, and are not asked for again at that scene.',
  ),
  refused_code_ms: Type.Integer({
    minimum: 1,
    maximum: 60_000,
    default: 30_000,
    description: 'How long that is remembered.',
  }),
  retry_percent: Type.Integer({
    minimum: 0,
    maximum: 100,
    default: 10,
    description: 'Requests that failed and may be sent once more, as a part of all requests.',
  }),
  breaker_failures: count(5, 'Failures in a row after which the platform is not asked for a while.'),
  breaker_open_ms: ms(1_000, 'Time for which it is not asked then.'),
  probe_ms: ms(200, 'Time between looking whether the platform answers.'),
  probe_timeout_ms: ms(300, 'Time it has to answer such a look.'),
  probe_failures: count(2, 'Looks in a row that fail before the platform counts as out of reach.'),
  recover_ms: ms(3_000, 'Time for which every look must succeed before it counts as back.'),
});

export const SettingsSchema = Type.Object(
  {
    gateway_id: Type.String({
      pattern: '^[a-z0-9][a-z0-9.-]{0,62}$',
      description: 'Name of this gateway; device tokens are bound to it.',
    }),
    data_dir: Type.String({
      minLength: 1,
      default: 'data',
      description: 'Folder for the journal, devices, trust and lists. One process at a time owns it.',
    }),
    listen: ListenSchema,
    admin: AdminSchema,
    city: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'City document: policies, scenes, groups and regions. A folder of YAML files, or one YAML or JSON file; default: the ' +
          'one that comes along.',
      }),
    ),
    trust_file: Type.Optional(
      Type.String({ minLength: 1, description: 'Trust document to use where there is no platform.' }),
    ),
    platform: Type.Optional(PlatformSchema),
    workers: WorkersSchema,
    scheduling: Type.Union([Type.Literal('prefer'), Type.Literal('require'), Type.Literal('fair')], {
      default: 'prefer',
      description:
        'prefer: threads that every tap passes go before all others of the machine where the system permits it (Linux, ' +
        'two cores, CAP_SYS_NICE). require: so, or the gateway does not start. fair: like any other process.',
    }),
    journal: JournalSchema,
    live: LiveSchema,
    receipts: ReceiptsSchema,
    hotel: Type.Optional(HotelSchema),
    cluster: Type.Optional(ClusterSchema),
    crypto: CryptoSchema,
    limits: LimitsSchema,
    trace: TraceSchema,
    log: closed({
      level: Type.Union(
        ['debug', 'info', 'warn', 'error', 'silent'].map((level) => Type.Literal(level)),
        { default: 'info', description: 'Least level that is logged.' },
      ),
    }),
  },
  { additionalProperties: false },
);

export type Settings = Static<typeof SettingsSchema>;
export type Limits = Static<typeof LimitsSchema>;
export type HotelSettings = NonNullable<Settings['hotel']>;
export type ClusterSettings = NonNullable<Settings['cluster']>;

const compiled = Compile(SettingsSchema);

/** A setting is missing, of the wrong kind, or contradicts another. */
export class SettingsError extends OnecardError {
  override readonly name = 'SettingsError';
  readonly code = 'settings_unusable';
}

/**
 * Fills in defaults, checks shape and relations. `source`: where a setting comes from, said before what is wrong with it.
 * Throws SettingsError with every fault on a line of its own.
 */
export function parseSettings(
  value: unknown,
  source: (path: readonly string[]) => string = () => '',
): Settings {
  const filled = Value.Default(SettingsSchema, Value.Clone(value));
  const inherited = inheritedNames(SettingsSchema, value);
  if (!compiled.Check(filled) || inherited.length > 0) {
    const errors = [...compiled.Errors(filled), ...inherited];
    const faults = settingsFaults(SettingsSchema, filled, errors, source);
    throw new SettingsError(`settings are not usable:\n  ${faults.join('\n  ')}`);
  }
  const faults = relations(filled);
  if (faults.length > 0) throw new SettingsError(`settings contradict:\n  ${faults.join('\n  ')}`);
  return filled;
}

const LINK_HANG_MS_MIN = 2_000;

function relations(s: Settings): string[] {
  const { limits, workers } = s;
  const rules: [boolean, string][] = [
    [workers.batch_target_ms < workers.hang_ms, 'workers.batch_target_ms must be below workers.hang_ms'],
    [
      workers.hang_ms < limits.deadline_gate_ms,
      'workers.hang_ms must be below limits.deadline_gate_ms, so that a stuck thread is noticed in time',
    ],
    [
      limits.deadline_gate_ms <= limits.deadline_desk_ms &&
        limits.deadline_desk_ms <= limits.deadline_batch_ms,
      'limits: deadline_gate_ms <= deadline_desk_ms <= deadline_batch_ms',
    ],
    [
      limits.frame_bytes <= limits.frame_desk_bytes && limits.frame_bytes <= limits.frame_batch_bytes,
      'limits.frame_bytes must not exceed limits.frame_desk_bytes or limits.frame_batch_bytes',
    ],
    [
      Math.max(limits.frame_desk_bytes, limits.frame_batch_bytes) <= limits.body_bytes,
      'limits: frame_bytes, frame_desk_bytes and frame_batch_bytes must not exceed body_bytes',
    ],
    [
      limits.body_bytes <= limits.body_bytes_per_device &&
        limits.body_bytes_per_device <= limits.body_bytes_in_all,
      'limits: body_bytes <= body_bytes_per_device <= body_bytes_in_all',
    ],
    [
      limits.clock_tolerance_ms < limits.token_lifetime_ms,
      'limits.clock_tolerance_ms must be below limits.token_lifetime_ms',
    ],
    [
      limits.send_buffer_bytes <= limits.unread_bytes,
      'limits.send_buffer_bytes must not exceed limits.unread_bytes',
    ],
    [
      limits.hellos_per_address <= limits.hellos &&
        limits.http_connections_per_address <= limits.http_connections,
      'limits: hellos_per_address <= hellos, and http_connections_per_address <= http_connections',
    ],
    [limits.hello_timeout_ms <= limits.heartbeat_ms, 'limits.hello_timeout_ms must not exceed heartbeat_ms'],
    [
      2 * limits.batch_items <= Math.min(limits.queue_batch, limits.queue_desk),
      'limits.batch_items must fit twice into queue_desk and queue_batch, since one device has half of a queue at most',
    ],
    [
      s.live.deadline_gate_ms < limits.deadline_gate_ms && s.live.deadline_desk_ms < limits.deadline_desk_ms,
      'live: deadline_gate_ms and deadline_desk_ms must be below those in limits, so that lists can still answer',
    ],
    [
      s.live.deadline_gate_ms <= s.live.deadline_desk_ms,
      'live.deadline_gate_ms must not exceed live.deadline_desk_ms',
    ],
    [
      (s.platform?.link_hang_ms ?? LINK_HANG_MS_MIN) >= LINK_HANG_MS_MIN,
      `platform.link_hang_ms must be at least ${LINK_HANG_MS_MIN}: a sign of life comes every 500 ms`,
    ],
    [
      s.platform === undefined ||
        s.platform.expose_token_and_journal_by_plain_http ||
        isPrivateWay(s.platform.url),
      'platform.url: http:// to another machine gives the token of this gateway and its records away: use https://, or set platform.expose_token_and_journal_by_plain_http',
    ],
    ...transportRelations(s),
    ...listenRelations(s.listen, s.cluster),
    ...adminRelations(s.admin, s.listen.port),
    ...receiptRelations(s.receipts),
    ...hotelRelations(s.hotel),
    ...keyRelations(s.crypto),
    ...clusterRelations(
      s.cluster,
      { gatewayId: s.gateway_id, deadlineGateMs: limits.deadline_gate_ms },
      isPrivateWay,
    ),
    [
      s.platform !== undefined || s.trust_file !== undefined,
      'either platform or trust_file is needed: a gateway without trust proves nothing',
    ],
    [
      s.cluster?.bus === undefined || s.platform !== undefined,
      'cluster.bus carries what a platform publishes and takes: it needs platform',
    ],
  ];
  return rules.filter(([holds]) => !holds).map(([, rule]) => rule);
}

const ENCRYPTED = new Set(['https:', 'rediss:', 'tls:']);

/** Whether nobody between can read what is sent. An address that is none is refused here too. */
function isPrivateWay(url: string): boolean {
  const parsed = URL.parse(url);
  return parsed !== null && (ENCRYPTED.has(parsed.protocol) || isLoopbackHost(parsed.hostname));
}
