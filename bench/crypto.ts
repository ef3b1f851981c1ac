/**
 * `onecard bench crypto`: what sealing and opening a guest of a register takes, and signing a checkpoint, by the algorithms of both
 * profiles on one thread, in turns.
 */
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { CRYPTO_PROFILES, type CryptoProfile } from '../config/crypto-settings.ts';
import { chooseEncryptThenMac } from '../crypto/sealing/encrypt-then-mac.ts';
import { makeSigningKey } from '../crypto/signature/key-files.ts';
import { heldHere } from '../crypto/signature/keys.ts';
import { algorithmFor } from '../crypto/uses.ts';
import { signCheckpoint } from '../gateway/journal/log/checkpoint.ts';
import { isSignedBy } from '../gateway/journal/log/checkpoint-signature.ts';
import type { Put } from '../hotel/register/guest-register.ts';
import { DataKey } from '../hotel/register/sealing/data-key.ts';
import { seal, unseal } from '../hotel/register/sealing/row-seal.ts';
import { thisMachine } from './machine.ts';
import { putsOf } from './register-stays.ts';

const HELP = `npm run bench -- crypto [options]

  --seconds N   measured time of every figure (2)
  --seed TEXT   the same seed makes the same guests (bench)
  --json        print one JSON object instead of a table

Exit status 1 when something did not open, or was not signed.
`;

const HOTEL = 'bench';
const KEY_BYTES = 32;
const GUESTS = 64;
/** Taken together: a clock tells microseconds badly. */
const SEALS_AT_ONCE = GUESTS;
const US_PER_MS = 1_000;

const { values: options } = parseArgs({
  args: process.argv.slice(2).filter((each) => each !== 'crypto'),
  options: {
    seconds: { type: 'string', default: '2' },
    seed: { type: 'string', default: 'bench' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

/** One figure while it is measured. */
interface Measured {
  readonly name: string;
  readonly unit: 'µs' | 'ms';
  /** One sample, milliseconds of one act. */
  readonly sample: () => Promise<number> | number;
  readonly samples: number[];
}

let wrong = 0;

const rows = Array.from({ length: GUESTS }, (_, i) => {
  const kept = { seed: options.seed, hotelId: HOTEL, days: 365, keptDays: 400 };
  const { table, id, purgeDay, value, indexes } = putsOf(kept, i).at(-1) as Put;
  const place = { hotelId: HOTEL, table, id, version: 1, purgeDay };
  return { place, plain: Buffer.from(`${JSON.stringify(value)}\n${JSON.stringify({ indexes })}`, 'utf8') };
});

/** A guest sealed and opened, as the register does it. */
function sealing(profile: CryptoProfile): Measured {
  const wrapped = { id: '00'.repeat(8), purgeDay: rows[0]?.place.purgeDay ?? '', sealedBy: profile };
  const { id, sealer } = new DataKey(
    randomBytes(KEY_BYTES),
    { ...wrapped, wrapped: null, wrappedBy: profile, state: 'live', digest: '' },
    HOTEL,
  );
  return perRow(`register row sealed and opened, ${profile}`, ({ place, plain }) =>
    unseal(sealer, place, seal(sealer, id, place, plain)),
  );
}

/** The same without the engine, and without where the row belongs. */
function withoutEngine(): Measured {
  const [cipherKey, macKey] = [randomBytes(16), randomBytes(KEY_BYTES)];
  const own = chooseEncryptThenMac(null)(cipherKey, macKey);
  const place = Buffer.alloc(0);
  return perRow('SM4-CTR-HMAC-SM3 by OpenSSL alone', ({ plain }) => own.open(own.seal(plain, place), place));
}

function perRow(name: string, act: (row: (typeof rows)[number]) => Buffer | null): Measured {
  const sample = () => {
    const startedMs = performance.now();
    const opened = rows.map(act);
    const ms = (performance.now() - startedMs) / SEALS_AT_ONCE;
    wrong += opened.filter((each, i) => !each?.equals(rows[i]?.plain ?? Buffer.alloc(0))).length;
    return ms;
  };
  return { name, unit: 'µs', sample, samples: [] };
}

function checkpoint(profile: CryptoProfile): Measured {
  const key = heldHere(makeSigningKey(algorithmFor('journal-checkpoint', profile)));
  const tree = algorithmFor('journal-tree', profile);
  let size = 0;
  const sample = async () => {
    size += 1;
    const made = {
      ...{ gatewayId: 'bench', epoch: '00'.repeat(8), keyFingerprint: '00'.repeat(8), size },
      ...{
        root: randomBytes(32),
        atMs: Date.now(),
        begins: 1,
        tree,
        follows: null,
        goesOn: null,
        isStop: false,
      },
    };
    const startedMs = performance.now();
    const signed = await signCheckpoint(made, key);
    const ms = performance.now() - startedMs;
    wrong += Number(!isSignedBy(signed, key.publicKey));
    return ms;
  };
  return { name: `checkpoint signed, ${profile}`, unit: 'ms', sample, samples: [] };
}

async function main(seconds: number): Promise<void> {
  if (!(seconds > 0)) throw new RangeError('--help');
  const figures = [...CRYPTO_PROFILES.map(sealing), withoutEngine(), ...CRYPTO_PROFILES.map(checkpoint)];
  // By turns, so that a disturbance is one of all; the first half is for the compiler and not counted.
  const untilMs = performance.now() + seconds * 1_000 * figures.length;
  const halfMs = untilMs - (seconds * 1_000 * figures.length) / 2;
  do {
    const isCounted = performance.now() >= halfMs;
    for (const { sample, samples } of figures) {
      const ms = await sample();
      if (isCounted) samples.push(ms);
    }
  } while (performance.now() < untilMs);
  const report = {
    ...{ benchmark: 'crypto', seed: options.seed, wrong, machine: thisMachine() },
    row_bytes: rows.reduce((sum, { plain }) => sum + plain.length, 0) / GUESTS,
    figures: figures.map(({ name, unit, samples }) => {
      const sorted = samples.toSorted((a, b) => a - b).map((ms) => ms * (unit === 'µs' ? US_PER_MS : 1));
      const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0;
      return { name, unit, p50: at(0.5), p99: at(0.99), samples: sorted.length };
    }),
  };
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : table(report));
  if (wrong > 0) process.exitCode = 1;
}

function table({
  figures,
  row_bytes,
}: {
  readonly figures: readonly Figure[];
  readonly row_bytes: number;
}): string {
  const lines = figures.map(
    ({ name, unit, p50, p99 }) =>
      `${name.padEnd(44)} p50 ${p50.toFixed(3)} ${unit}, p99 ${p99.toFixed(3)} ${unit}\n`,
  );
  return `rows of ${Math.round(row_bytes)} bytes\n${lines.join('')}`;
}

interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly p50: number;
  readonly p99: number;
}

if (options.help) process.stdout.write(HELP);
else await main(Number(options.seconds));
