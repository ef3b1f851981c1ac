/** The reader of the demonstration's desk: without hardware, and with the same agent that stands beside a real one. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ReaderAgent } from '../../../client/reader/agent.ts';
import { keepPairing, type Pairing, pair, readPairing } from '../../../client/reader/pairing.ts';
import { VirtualSource } from '../../../client/reader/sources/virtual.ts';
import type { City } from '../../../platform/city.ts';
import { VirtualReader } from '../../../platform/virtual-card/virtual-reader.ts';
import type { DeskSession } from './desk-login.ts';

export interface DemoReader {
  /** Lays the chip of this card on it; null: takes away what lies there. */
  lay(card: number | null): void;
  close(): Promise<void>;
}

const FILE = 'hotel-reader.json';

/** Rejects when the desk does not take it. */
export async function openReader(
  city: City,
  folder: string,
  url: string,
  clerk: () => Promise<DeskSession>,
): Promise<DemoReader> {
  const pairing = await pairingOf(join(folder, FILE), url, clerk);
  const reader = new VirtualReader();
  const port = await reader.listen();
  const agent = new ReaderAgent({
    ...{ url, token: pairing.token },
    sources: [new VirtualSource({ host: '127.0.0.1', port })],
    say: () => {},
    onRefused: () => {},
  });
  return {
    lay(card) {
      if (card === null) reader.remove();
      else reader.put({ chip: city.card(card).chip });
    },
    async close() {
      await agent.stop();
      await reader.close();
    },
  };
}

/** Of an earlier run, or a new one. */
async function pairingOf(file: string, url: string, clerk: () => Promise<DeskSession>): Promise<Pairing> {
  if (existsSync(file)) return readPairing(file);
  const { code } = await (await clerk()).post<{ readonly code: string }>('/v1/readers/pairings', {});
  const pairing = await pair({ url, code, name: 'Reader of the demonstration', caFile: null });
  keepPairing(file, pairing);
  return pairing;
}
