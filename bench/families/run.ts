/**
 * `npm run bench:families`: presentations of each family that one thread proves a second, in batches of 32 and one by one, beside
 * one P-256 verification of OpenSSL in the same run. The figures are of this machine.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { SHOWN_FAMILIES } from '../../platform/issue/presentations.ts';
import { chooseEngine } from '../../workers/engine/choose.ts';
import { familyNamed } from '../../workers/families/table.ts';
import { type Machine, thisMachine } from '../machine.ts';
import { opensslP256PerS } from './baseline.ts';
import { type Measured, measure } from './measure.ts';
import { installPeers, type PeerRate, peerVersions, ratePeers } from './peers.ts';
import { shownOf } from './shown.ts';

const HELP = `npm run bench:families -- [options]

  --family NAME  one family alone
  --cards N      cards that are shown, each twice (1024)
  --seconds N    measured time of every figure, about (1)
  --peers        measure what verifies them elsewhere, too; the first time it installs it
  --seed TEXT    the same seed makes the same cards (bench)
  --json         print one JSON object instead of a table

It runs on one thread. To keep it on one core that nothing else uses: taskset -c 1 npm run bench:families
`;

const { values: options } = parseArgs({
  options: {
    family: { type: 'string' },
    cards: { type: 'string', default: '1024' },
    seconds: { type: 'string', default: '1' },
    seed: { type: 'string', default: 'bench' },
    peers: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const tell = (text: string) => void process.stderr.write(text);

interface Family extends Measured {
  readonly peers: readonly PeerRate[];
}

interface Report {
  readonly benchmark: 'families';
  readonly seed: string;
  readonly cards: number;
  readonly engine: string;
  /** Verifications a second of OpenSSL, P-256, before and after. */
  readonly openssl_p256_per_s: readonly [number, number];
  readonly families: readonly Family[];
  /** Null: none was measured. */
  readonly peer_versions: Readonly<Record<string, string>> | null;
  readonly machine: Machine;
}

if (options.help) process.stdout.write(HELP);
else await main();

async function main(): Promise<void> {
  const [cards, seconds] = [Number(options.cards), Number(options.seconds)];
  if (!(Number.isInteger(cards) && cards > 0) || !(seconds > 0)) throw new RangeError('see --help');
  const names = options.family === undefined ? provenHere() : [options.family];
  if (availableParallelism() > 1) tell('not pinned to a core: taskset -c 1 npm run bench:families\n');
  if (options.peers) installPeers();
  const before = opensslP256PerS(seconds);
  const families: Family[] = [];
  for (const [i, name] of names.entries()) {
    tell(`\r\u001b[K  ${name}, ${i + 1} of ${names.length}: issuing ${cards} cards`);
    const shown = shownOf(name, options.seed, cards);
    tell(`\r\u001b[K  ${name}, ${i + 1} of ${names.length}: measuring`);
    const measured = measure(shown, seconds);
    if (options.peers) tell(`\r\u001b[K  ${name}, ${i + 1} of ${names.length}: measuring peers`);
    families.push({ ...measured, peers: options.peers ? await ratePeers(shown, seconds) : [] });
  }
  tell('\r\u001b[K');
  const report: Report = {
    benchmark: 'families',
    seed: options.seed,
    cards,
    engine: chooseEngine('auto').engine.name,
    openssl_p256_per_s: [Math.round(before), Math.round(opensslP256PerS(seconds))],
    families,
    peer_versions: options.peers ? peerVersions() : null,
    machine: thisMachine(),
  };
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : table(report));
}

/** Those whose proof is made of signatures: a code that somebody else resolves is proven by nobody here. */
function provenHere(): string[] {
  return SHOWN_FAMILIES.filter((name) => familyNamed(name)?.anchorSchemas.length !== 0);
}

function table({ openssl_p256_per_s: openssl, families, engine, seed, cards, machine }: Report): string {
  const baseline = (openssl[0] + openssl[1]) / 2;
  const rows = families.map(({ family, bytes, isBound, batch32, alone }) => [
    family,
    String(bytes),
    String(Math.round(batch32.firstPerS)),
    (batch32.firstPerS / baseline).toFixed(2),
    isBound ? String(Math.round(batch32.againPerS)) : `${Math.round(batch32.againPerS)} (same bytes)`,
    alone.firstUs.toFixed(1),
    alone.againUs.toFixed(1),
  ]);
  const head = ['family', 'bytes', 'first /s', '× OpenSSL', 'again /s', 'alone µs', 'again µs'];
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ');
  return `${[
    line(head),
    ...rows.map(line),
    '',
    ...families.flatMap(peerLines),
    `first: cards that were not seen before, of issuers that were; again: each once more. Batches of 32; alone: one by one.`,
    `OpenSSL: one P-256 verification, key kept: ${openssl.join(' and ')} /s, before and after.`,
    `engine ${engine}, seed ${seed}, ${cards} cards, one thread, ${machine.cpu}, Node ${machine.node}, OpenSSL ${machine.openssl}, commit ${machine.commit}`,
  ].join('\n')}\n`;
}

/** One presentation after another, as the peers' interfaces have it: the ratio is of showings one by one too. */
function peerLines({ family, peers, alone, batch32 }: Family): string[] {
  return peers.map(({ peer, perS, refused }) => {
    if (perS === null) return `${family}: ${peer} refuses these presentations: ${refused}`;
    const [one, batch] = [1e6 / alone.firstUs / perS, batch32.firstPerS / perS];
    return `${family}: ${peer} ${Math.round(perS)} /s; the gateway ${one.toFixed(1)} × one by one, ${batch.toFixed(1)} × in batches`;
  });
}
