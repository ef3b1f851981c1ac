/** A repository behind a real server on loopback, and a gateway's folder to take trust into. */
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import type { Clocks } from '../../../../../gateway/knowledge/clock/clocks.ts';
import {
  createGuardedClock,
  type GuardedClock,
} from '../../../../../gateway/knowledge/clock/guarded-clock.ts';
import type { ContentRule } from '../../../../../gateway/knowledge/trust/signed-content.ts';
import { parseSm2Root } from '../../../../../gateway/knowledge/trust/sm2-root.ts';
import {
  type TrustLimits,
  TrustRepository,
  type TrustRepositoryOptions,
} from '../../../../../gateway/knowledge/trust/trust-repository.ts';
import {
  TRUST_FAULTS,
  type TrustFault,
  TrustUpdateError,
} from '../../../../../gateway/knowledge/trust/trust-update-error.ts';
import {
  createTufRepository,
  type MetadataSource,
  type TufRepository,
  type TufRepositoryOptions,
} from '../../../../../platform/tuf/repository.ts';
import { TEST_CRYPTO, TEST_PROFILE } from '../../../../crypto-profile.rig.ts';

/** Of a gateway that is not the one under test. */
export const INTERNATIONAL: ContentRule = {
  crypto: { profile: 'international', changing_over: false },
  sm2Root: null,
};
const TOKEN = 'gateway-token-for-tests';
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
export const GRACE_MS = 2 * HOUR_MS;

type GatewayOptions = Partial<Omit<TrustRepositoryOptions, 'limits'>> & {
  readonly limits?: Partial<TrustLimits>;
};

const LIMITS: TrustLimits = {
  metadataBytes: 1_048_576,
  trustBytes: 8_388_608,
  cityBytes: 4_194_304,
  targetBytes: 268_435_456,
  rootRotations: 64,
};

/** Answers instead of the repository; false leaves it to it. */
type Intercept = (path: string, response: ServerResponse) => boolean;

export interface Loopback {
  readonly repository: TufRepository;
  readonly folder: string;
  readonly rootFile: string;
  /** Paths that were asked for since this was emptied last. */
  readonly asked: string[];
  /** Of the platform and of gateways, milliseconds since 1970. */
  clock: { platformMs: number; gatewayMs: number };
  source: MetadataSource;
  intercept: Intercept;
  /** A gateway started on the folder: nothing in memory. */
  gateway(options?: GatewayOptions): TrustRepository;
  /** The clock of a gateway that has just started, on the machine whose clock is `clock.gatewayMs`. */
  gatewayClock(clocks?: Partial<Clocks>): GuardedClock;
  stop(): Promise<void>;
}

const running: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of running.splice(0)) await stop();
});

/** Trust that can be put in force; another for each `serial`. */
export function trustJson(serial: number): Buffer {
  return Buffer.from(JSON.stringify({ revision: `named-${serial}`, anchors: [] }));
}

export async function loopback(options: Partial<TufRepositoryOptions> = {}): Promise<Loopback> {
  const folder = mkdtempSync(join(tmpdir(), 'trust-'));
  const startMs = Date.now();
  const clock = { platformMs: startMs, gatewayMs: startMs };
  const now = () => clock.platformMs;
  const repository = createTufRepository({
    ...{ seed: 'loopback', now, offlineGraceS: GRACE_MS / 1000, profiles: [TEST_PROFILE], ...options },
  });
  repository.setTarget('trust.json', trustJson(1));
  repository.setTarget('lists/cards.list', Buffer.from('the cards'));
  repository.setTarget('lists/named/blocked.list', Buffer.from('the blocked'));
  repository.publish();
  const rootFile = join(folder, 'first-root.json');
  writeFileSync(rootFile, repository.rootJson());
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    answer(made, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/tuf`;
  const gatewayOptions = {
    ...{ baseUrl, rootFile, token: TOKEN, timeoutMs: 5000, folder: join(folder, 'trust') },
    content: contentRule(repository),
  };
  const gatewayClock = (clocks: Partial<Clocks> = {}) =>
    createGuardedClock({
      clocks: { now: () => clock.gatewayMs, monotonic: () => 0, cells: null, ...clocks },
      toleranceMs: 10_000,
    });
  const made: Loopback = {
    ...{ repository, folder: gatewayOptions.folder, rootFile, asked, clock, source: repository },
    intercept: () => false,
    gateway: ({ limits, ...more } = {}) =>
      new TrustRepository({
        ...gatewayOptions,
        clock: gatewayClock(),
        ...more,
        limits: { ...LIMITS, ...limits },
      }),
    gatewayClock,
    stop: () => close(server),
  };
  running.push(async () => {
    if (server.listening) await made.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  return made;
}

/** Of the gateway under test. */
export function contentRule({ sm2RootJson }: TufRepository): ContentRule {
  return { crypto: TEST_CRYPTO, sm2Root: sm2RootJson && parseSm2Root(sm2RootJson) };
}

/** Both clocks. */
export function pass({ clock }: Loopback, ms: number): void {
  clock.platformMs += ms;
  clock.gatewayMs += ms;
}

/** The fault that an update is refused with. Throws when it is not. */
export async function faultOf(work: Promise<unknown>): Promise<TrustFault> {
  const error = await work.then(
    () => new Error('nothing was refused'),
    (reason: unknown) => reason,
  );
  if (error instanceof TrustUpdateError) return error.code;
  throw error;
}

/** Counts of all faults, of which these are not 0. */
export function counts(of: Partial<Record<TrustFault, number>>): Record<string, number> {
  return { ...Object.fromEntries(TRUST_FAULTS.map((fault) => [fault, 0])), ...of };
}

function answer({ source, intercept }: Loopback, request: IncomingMessage, response: ServerResponse): void {
  const path = (request.url ?? '').replace('/v1/tuf/', '');
  if (request.headers.authorization !== `Bearer ${TOKEN}`) response.writeHead(401).end();
  else if (!intercept(path, response)) send(source, path, response);
}

function send(source: MetadataSource, path: string, response: ServerResponse): void {
  const [kind, name] = [path.slice(0, path.indexOf('/')), path.slice(path.indexOf('/') + 1)];
  const content = kind === 'targets' ? source.target(name) : null;
  const bytes = kind === 'metadata' ? source.metadata(name) : null;
  if (content && 'file' in content) createReadStream(content.file).pipe(response.writeHead(200));
  else if (content || bytes) response.writeHead(200).end(bytes ?? content?.bytes);
  else response.writeHead(404).end();
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
