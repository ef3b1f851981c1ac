/** A transport with nothing real behind it: the pipeline and the devices are scripted by the test. */
import type { Code } from '../../../../config/codes.ts';
import { loadScenes } from '../../../../config/scenes.ts';
import { parseSettings } from '../../../../config/settings.ts';
import type { AuthResult, DeviceAuth } from '../../../../gateway/devices/auth.ts';
import type { ReceiptIssuer } from '../../../../gateway/receipts/receipt.ts';
import { createScan } from '../../../../gateway/tap/1-decode/scan.ts';
import { createTransport } from '../../../../gateway/transport/http.ts';
import type { HealthReport, Transport } from '../../../../gateway/transport/transport.ts';
import type { Answer, Device, IncomingTap } from '../../../../gateway/verification.ts';
import { FAMILIES, PRESENTABLE_FAMILIES } from '../../../../workers/families/table.ts';

export const GATE: Device = {
  deviceId: 'gate-1',
  class: 'gate',
  scenes: ['29/gate', '29/exit'],
  enrolment: 'gate-1 first',
};

export interface FakeOptions {
  readonly limits?: Readonly<Record<string, number>>;
  readonly live?: Readonly<Record<string, number>>;
  readonly tls?: { readonly cert_file: string; readonly key_file: string };
  /** What becomes of a tap; default: allowed at once. */
  readonly onTap?: (tap: IncomingTap) => void;
  /** Default: none can be given. */
  readonly receipts?: ReceiptIssuer;
  /** Default: the token 'good' is gate-1, and `device:NAME` is a device of that name. */
  readonly authenticate?: (token: string) => Promise<AuthResult>;
}

const NO_RECEIPTS: ReceiptIssuer = {
  issue: async () => ({ code: 'receipt.unavailable', retryAfterMs: 0 }),
  find: () => ({ code: 'receipt.unknown', retryAfterMs: 0 }),
  publicKeys: () => null,
};

export interface FakeGateway {
  readonly transport: Transport;
  readonly url: string;
  readonly gateUrl: string;
  readonly taps: IncomingTap[];
  readonly refusals: Code[];
  readonly errors: unknown[];
  ready: HealthReport;
  close(): Promise<void>;
}

export function decisionFor(tap: IncomingTap, code: Code = 'allow.good'): Answer {
  return {
    kind: 'decision',
    seq: tap.id.seq,
    decisionId: `test-${tap.id.stream.slice(0, 8)}-${tap.id.seq}`,
    outcome: code.startsWith('allow') ? 'allow' : 'deny',
    code,
    atMs: 1_795_161_600_123,
    mode: 'lists',
    scene: tap.presentation.scene ?? tap.device.scenes[0] ?? '',
    facts: { region: 'cq', issuer: '03664530' },
  };
}

async function authenticateByName(token: string): Promise<AuthResult> {
  if (token === 'good') return { ok: true, device: GATE };
  if (token.startsWith('device:')) {
    const deviceId = token.slice('device:'.length);
    return { ok: true, device: { ...GATE, deviceId, enrolment: `${deviceId} first` } };
  }
  return { ok: false, code: token === 'reused' ? 'auth.token_reused' : 'auth.invalid' };
}

export async function startFakeGateway(options: FakeOptions = {}): Promise<FakeGateway> {
  const settings = parseSettings({
    gateway_id: 'gw-test',
    trust_file: 'unused.json',
    listen: { port: 0, ...(options.tls && { tls: options.tls }) },
    limits: options.limits ?? {},
    live: options.live ?? {},
  });
  const authenticate = options.authenticate ?? authenticateByName;
  const devices: DeviceAuth = {
    authenticate: (bearer) => {
      if (bearer === null) return { ok: false, code: 'auth.missing' };
      if (bearer.startsWith('session.')) {
        return bearer === 'session.good' ? { ok: true, device: GATE } : { ok: false, code: 'auth.expired' };
      }
      return authenticate(bearer);
    },
    authenticateToken: authenticate,
    openSession: () => ({ token: 'session-1', expiresAtMs: 1_795_162_500_000 }),
    standing: () => null,
  };
  const onTap = options.onTap ?? ((tap: IncomingTap) => tap.reply(decisionFor(tap)));
  const fake = {
    taps: [] as IncomingTap[],
    refusals: [] as Code[],
    errors: [] as unknown[],
    ready: { ok: true, checks: { trust: true } } as HealthReport,
  };
  const transport = createTransport({
    settings,
    families: [...FAMILIES, createScan(FAMILIES)],
    intake: {
      submit: (tap) => {
        fake.taps.push(tap);
        onTap(tap);
      },
    },
    receipts: options.receipts ?? NO_RECEIPTS,
    scenes: loadScenes(PRESENTABLE_FAMILIES),
    challenges: { issue: () => ({ challenge: 'AAECAw', expiresInMs: 60_000 }) },
    devices,
    now: Date.now,
    health: { live: () => ({ ok: true, checks: {} }), ready: () => fake.ready },
    metrics: { connectionRefused: (code) => fake.refusals.push(code) },
    log: { info: () => {}, error: (fields) => fake.errors.push(fields) },
  });
  const { host, port } = await transport.listen();
  const scheme = options.tls ? 'https' : 'http';
  return Object.assign(fake, {
    transport,
    url: `${scheme}://${host}:${port}`,
    gateUrl: `${scheme.replace('http', 'ws')}://${host}:${port}/v1/gate`,
    close: () => transport.close(),
  });
}

/** A ride code and a chip card whose shapes are right; nothing here proves them. */
export const RIDE_CODE = { family: 'transit-qr', credential: { code: new Uint8Array(340) }, context: {} };
export const CHIP_CARD = {
  family: 'chip-oda',
  credential: { tags: { '8F': new Uint8Array([0x57]), '90': new Uint8Array(142) } },
  context: { mode: 'dda', terminal: { '9F37': new Uint8Array(4) } },
};
