/** The reference platform in a process of its own (`onecard platform`), so that it can be killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CryptoProfile } from '../../config/crypto-settings.ts';
import type { Fault } from '../../platform/faults.ts';
import type { Checkpoints } from '../../platform/journal/checkpoints.ts';
import type { JournalSummary } from '../../platform/journal/intake.ts';
import type { Published } from '../../platform/publisher.ts';
import type { RejudgementUpload } from '../../platform/rejudgement-intake.ts';
import { TEST_PROFILE } from '../crypto-profile.rig.ts';
import { freePort, MAIN } from '../system/gateway-under-test.rig.ts';
import type { CardPublication } from './list-history.rig.ts';

export const CITY = { seed: 'outage', cards: 60, chips: 'rsa' } as const;

export class PlatformProcess {
  readonly url: string;
  readonly #control: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'onecard-platform-'));
  readonly #cards: number;
  #child: ChildProcess | null = null;

  private constructor(port: number, controlPort: number, cards: number) {
    this.#cards = cards;
    this.url = `http://127.0.0.1:${port}`;
    this.#control = `127.0.0.1:${controlPort}`;
  }

  static async start(cards: number = CITY.cards): Promise<PlatformProcess> {
    const platform = new PlatformProcess(await freePort(), await freePort(), cards);
    await platform.start();
    return platform;
  }

  get rootJson(): Uint8Array {
    return readFileSync(join(this.#folder, 'root.json'));
  }

  /** Null: it never signed with SM2. */
  get sm2RootJson(): Uint8Array | null {
    const file = join(this.#folder, 'sm2-root.json');
    return existsSync(file) ? readFileSync(file) : null;
  }

  get token(): string {
    return readFileSync(join(this.#folder, 'token'), 'utf8').trim();
  }

  /** Again after `kill`, at the same address and with what it had on disk. `profile`: whose algorithms it signs with. */
  async start(profile: CryptoProfile | 'both' = TEST_PROFILE): Promise<void> {
    const sm2 = profile === 'international' ? {} : { 'sm2-root-out': 'sm2-root.json' };
    const files = { data: 'data', 'root-out': 'root.json', 'token-file': 'token', ...sm2 };
    const at = (file: string) => join(this.#folder, file);
    const paths = Object.entries(files).flatMap(([option, file]) => [`--${option}`, at(file)]);
    const city = Object.entries({ ...CITY, cards: this.#cards }).flatMap(([option, value]) => [
      `--${option}`,
      String(value),
    ]);
    const listen = ['--listen', new URL(this.url).host, '--control', this.#control];
    const child = spawn(
      process.execPath,
      [MAIN, 'platform', '--profile', profile, ...city, ...listen, ...paths],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    this.#child = child;
    const kill = () => child.kill('SIGKILL');
    process.once('exit', kill);
    child.once('exit', () => process.off('exit', kill));
    // Its last line says how to try it: it answers by then.
    for await (const chunk of child.stdout) if (String(chunk).includes('try ')) break;
  }

  /** SIGKILL: it says nothing to anybody any more. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async setFault(fault: Fault | null): Promise<void> {
    await this.#ask(fault === null ? 'DELETE' : 'PUT', '/control/fault', fault);
  }

  async publish(publication: CardPublication): Promise<Published> {
    return (await this.#ask('POST', '/control/publish', publication)) as Published;
  }

  async summary(): Promise<JournalSummary> {
    const headers = { authorization: `Bearer ${this.token}` };
    const response = await fetch(`${this.url}/v1/journal/summary`, { headers });
    return (await response.json()) as JournalSummary;
  }

  /** Of a gateway's journal. */
  async checkpoints(gatewayId: string): Promise<ReturnType<Checkpoints['of']>> {
    const headers = { authorization: `Bearer ${this.token}` };
    const response = await fetch(`${this.url}/v1/journal/checkpoints/${gatewayId}`, { headers });
    return (await response.json()) as ReturnType<Checkpoints['of']>;
  }

  /** What gateways have told, as it was put on disk. */
  rejudgements(): RejudgementUpload['items'] {
    const file = join(this.#folder, 'data', 'rejudgements.jsonl');
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
    return lines.flatMap((line) => (JSON.parse(line) as RejudgementUpload).items);
  }

  async #ask(method: string, path: string, body: unknown): Promise<unknown> {
    const response = await fetch(`http://${this.#control}${path}`, {
      method,
      ...(body !== null && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`);
    return await response.json();
  }
}
