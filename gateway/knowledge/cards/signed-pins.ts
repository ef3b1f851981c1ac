/** PINs of cardholders as the platform signs them for desks: a TUF target of the role `lists` (docs/platform.md, PINs). */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { DigestAlgorithm } from '../../../crypto/algorithms.ts';
import { type NamedDigest, namedDigestOf } from '../../../crypto/named-digest.ts';
import { ListFileError } from '../../../lists/list-errors.ts';
import { parseStrictJson } from '../../../workers/codecs/strict-json.ts';
import { makePrivateFolder, readIfThere, replacePrivateFile } from '../../storage/private-files.ts';
import type { SignedThing } from '../clock/guarded-clock.ts';
import type { AnnouncedList, Download } from './follow-folder.ts';

export const PINS_PATH = 'lists/pins.json';
const PINS_MAX = 200_000;
const JSON_LIMITS = { depth: 4, entries: 3 * PINS_MAX + 16 } as const;

const Schema = Type.Object(
  {
    v: Type.Literal(1),
    issuedAtMs: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    staleUntilMs: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    /** By the digest of the card's name, `sm3:` before those of SM3; null: the holder chose none. */
    pins: Type.Array(
      Type.Tuple([
        Type.String({ pattern: '^(?:sm3:)?[0-9a-f]{64}$' }),
        Type.Union([
          Type.Null(),
          // Memory and passes are bounded: whoever signs it must not be able to occupy the desk.
          Type.String({
            pattern:
              '^\\$(?:hmac-sm3-)?argon2id\\$v=19\\$m=[1-9][0-9]{0,4},t=[1-9],p=[1-4]\\$[A-Za-z0-9+/]{11,86}\\$[A-Za-z0-9+/]{22,86}$',
          }),
        ]),
      ]),
      { maxItems: PINS_MAX },
    ),
  },
  { additionalProperties: false },
);
const compiled = Compile(Schema);
export type SignedPins = Static<typeof Schema>;

export interface PinsFollowerOptions {
  /** Of its own. */
  readonly folder: string;
  /** That the platform's metadata names content by. */
  readonly digest: DigestAlgorithm;
  readonly observe: (signedAtMs: number, from: SignedThing) => boolean;
  /** Null: it is no longer published. */
  readonly onPins: (pins: SignedPins | null) => void;
  readonly onFault: (error: Error) => void;
}

export class PinsFollower {
  readonly #options: PinsFollowerOptions;
  readonly #file: string;
  #held: NamedDigest | null = null;

  constructor(options: PinsFollowerOptions) {
    this.#options = options;
    makePrivateFolder(options.folder);
    this.#file = join(options.folder, 'pins.json');
  }

  /** Puts in force what was kept. Never throws. */
  restore(): void {
    this.#guarded(() => {
      const kept = readIfThere(this.#file);
      if (kept === null) return;
      const pins = parsed(kept);
      this.#held = namedDigestOf(this.#options.digest, kept);
      this.#options.observe(pins.issuedAtMs, 'disk');
      this.#options.onPins(pins);
    });
  }

  /** Never rejects: what cannot be used is told, and what was in force stays. */
  async follow(targets: readonly AnnouncedList[], download: Download, signal: AbortSignal): Promise<void> {
    const target = targets.find(({ path }) => path === PINS_PATH);
    if ((target?.digest ?? null) === this.#held) return;
    try {
      if (target === undefined) this.#drop();
      else this.#take(target.digest, readFileSync(await download(PINS_PATH, signal)));
    } catch (error) {
      if (!signal.aborted) this.#options.onFault(error as Error);
    }
  }

  #take(digest: NamedDigest, bytes: Buffer): void {
    const { observe, onPins } = this.#options;
    const pins = parsed(bytes);
    if (!observe(pins.issuedAtMs, 'download')) {
      throw new ListFileError('future', 'PINs are signed later than it can be by now');
    }
    replacePrivateFile(this.#file, bytes);
    this.#held = digest;
    onPins(pins);
  }

  #drop(): void {
    rmSync(this.#file, { force: true });
    this.#held = null;
    this.#options.onPins(null);
  }

  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#options.onFault(error as Error);
    }
  }
}

/** Throws ListFileError. */
function parsed(bytes: Buffer): SignedPins {
  const read = parseStrictJson(bytes.toString('utf8'), JSON_LIMITS);
  if (!read.ok || !compiled.Check(read.value)) {
    throw new ListFileError('malformed', 'the PINs of the platform are not of the documented shape');
  }
  return read.value;
}
