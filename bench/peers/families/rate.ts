/**
 * `node rate.ts < order.json`: how many presentations a second each peer of a family proves on one thread, one after another as its
 * interface has it. Prints JSON.
 */
import { readFileSync } from 'node:fs';
import type { Order, Peer } from './peer.ts';

/** Loaded for their own family alone: a library for mobile documents changes how another reads CBOR. */
const PEERS: Readonly<Record<string, () => Promise<readonly ((order: Order) => Peer)[]>>> = {
  mdoc: async () => {
    const { auth0, owf } = await import('./mdoc.ts');
    return [owf, auth0];
  },
  'sd-jwt': async () => [(await import('./sd-jwt.ts')).sdJwtVc],
  'card-pki': async () => [(await import('./card-pki.ts')).cardPki],
  hcert: async () => [(await import('./hcert.ts')).hcert],
};
const MS_PER_S = 1_000;

const order = JSON.parse(readFileSync(0, 'utf8')) as Order;
const rates: { readonly peer: string; readonly perS: number | null; readonly refused?: string }[] = [];
for (const make of (await PEERS[order.family]?.()) ?? []) {
  const peer = make(order);
  try {
    // Code is compiled, and what can be kept is kept.
    for (const item of order.items.slice(0, 64)) await peer.check(item);
    rates.push({ peer: peer.name, perS: await rateOf(peer) });
  } catch (cause) {
    rates.push({ peer: peer.name, perS: null, refused: (cause as Error).message });
  }
}
process.stdout.write(JSON.stringify(rates));

async function rateOf(peer: Peer): Promise<number> {
  let proven = 0;
  const startedMs = performance.now();
  let elapsedMs = 0;
  while (elapsedMs < order.seconds * MS_PER_S) {
    const item = order.items[proven % order.items.length];
    if (item === undefined) throw new Error('nothing to prove');
    await peer.check(item);
    proven += 1;
    elapsedMs = performance.now() - startedMs;
  }
  return (proven * MS_PER_S) / elapsedMs;
}
