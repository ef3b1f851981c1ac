/** A composed gateway with a hotel desk: the settings a hotel has, laid over those of the fixture. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ComposedGateway, type ComposedOptions, startComposed } from './composed-gateway.rig.ts';

/** 32 bytes in hex: of tests alone. */
export const KEY = '5a'.repeat(32);
export const MATCH_KEY = 'c3'.repeat(32);
export const PIN_SECRET = '7e'.repeat(32);
/** Passwords that protect nothing are hashed so. */
const CHEAP = { memoryKib: 64, passes: 1, lanes: 1 };

export interface ComposedDesk {
  readonly composed: ComposedGateway;
  /** Base address of the desk. */
  readonly url: string;
  /** What was said once: the first password. */
  readonly saidOnce: readonly string[];
  stop(): Promise<void>;
}

/** `hotel`: laid over its settings. */
export async function startDesk(
  options: ComposedOptions & { readonly hotel?: Readonly<Record<string, unknown>> } = {},
): Promise<ComposedDesk> {
  const keys = mkdtempSync(join(tmpdir(), 'onecard-desk-keys-'));
  const kept = (name: string, text: string) => {
    const file = join(keys, name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  };
  const saidOnce: string[] = [];
  const { hotel, ...rest } = options;
  try {
    const composed = await startComposed({
      ...rest,
      gateway: {
        deskPasswordCost: CHEAP,
        ...rest.gateway,
        onSaidOnce: (text) => void saidOnce.push(text),
      },
      settings: {
        ...rest.settings,
        hotel: {
          hotel_id: 'harbour',
          listen: { host: '127.0.0.1', port: 0 },
          key_file: kept('key', KEY),
          match_key_file: kept('match-key', MATCH_KEY),
          pin_secret_file: kept('pin-secret', PIN_SECRET),
          ...hotel,
        },
      },
    });
    return {
      composed,
      saidOnce,
      get url() {
        const { desk } = composed.address;
        if (desk === undefined) throw new Error('there is no desk');
        return desk;
      },
      async stop() {
        await composed.stop();
        rmSync(keys, { recursive: true, force: true });
      },
    };
  } catch (cause) {
    rmSync(keys, { recursive: true, force: true });
    throw cause;
  }
}
