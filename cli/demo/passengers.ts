/** Who comes to the simulated station and what they show: mostly honest people, and some of everything else. */
import type { City } from '../../platform/city.ts';
import type { ChipMode } from '../../platform/issue/chip-card.ts';
import { rideCode } from '../../platform/issue/transit-qr.ts';
import { seeded, seededInteger } from '../../platform/seed.ts';

export interface Showing {
  /** What a person watching would say. */
  readonly story: string;
  readonly family: string;
  readonly credential: unknown;
  readonly context: unknown;
}

type Story = (city: City, stranger: City, seed: string, n: number, nowMs: number) => Showing;

const MODES: readonly ChipMode[] = ['dda', 'cda', 'fdda'];
const PHOTO_AGE_MS = 600_000;

const showsCode: Story = (city, _stranger, seed, n, nowMs) =>
  code('shows a ride code', rideCode({ account: anyCard(city, seed, n).transit, nowMs }));

const tapsCard: Story = (city, _stranger, seed, n, nowMs) => tap('taps a chip card', city, seed, n, nowMs);

const showsOldPhoto: Story = (city, _stranger, seed, n, nowMs) =>
  code(
    'shows a ten-minute-old photograph',
    rideCode({ account: anyCard(city, seed, n).transit, nowMs: nowMs - PHOTO_AGE_MS }),
  );

const forgesCode: Story = (city, _stranger, seed, n, nowMs) => {
  const signer = anyCard(city, seed, n + 1).transit.key;
  const { transit } = anyCard(city, seed, n);
  return code(
    "shows a code signed by somebody else's phone",
    rideCode({ account: transit, nowMs, tamper: { code: { signer } } }),
  );
};

const comesFromElsewhere: Story = (_city, stranger, seed, n, nowMs) =>
  tap('taps a card of a city nobody knows', stranger, seed, n, nowMs);

const changesCard: Story = (city, _stranger, seed, n, nowMs) => {
  const showing = tap('taps a card whose data were changed', city, seed, n, nowMs);
  const { tags, staticData } = showing.credential as {
    tags: Record<string, Uint8Array>;
    staticData: Uint8Array;
  };
  const changed = staticData.slice();
  changed[changed.length - 1] = (changed[changed.length - 1] ?? 0) ^ 0x01;
  return { ...showing, credential: { tags, staticData: changed } };
};

/** Story and its weight; twice in a row is up to whoever replays. */
const STORIES: readonly (readonly [Story, number])[] = [
  [showsCode, 44],
  [tapsCard, 44],
  [showsOldPhoto, 3],
  [forgesCode, 3],
  [comesFromElsewhere, 3],
  [changesCard, 3],
];
const TOTAL = STORIES.reduce((sum, [, weight]) => sum + weight, 0);

/** The n-th passenger. The same seed brings the same people; codes carry the time given. */
export function passenger(city: City, stranger: City, seed: string, n: number, nowMs: number): Showing {
  let draw = seededInteger(seed, 'story', n, TOTAL);
  for (const [story, weight] of STORIES) {
    if (draw < weight) return story(city, stranger, seed, n, nowMs);
    draw -= weight;
  }
  throw new Error('the weights do not add up');
}

function anyCard(city: City, seed: string, n: number) {
  return city.card(seededInteger(seed, 'who', n, city.size));
}

function code(story: string, bytes: Uint8Array): Showing {
  return { story, family: 'transit-qr', credential: { code: bytes }, context: {} };
}

function tap(story: string, city: City, seed: string, n: number, nowMs: number): Showing {
  const mode = MODES[n % MODES.length] ?? 'dda';
  const { chip } = anyCard(city, seed, n);
  const { credential, context } = chip.tap({
    mode,
    counter: (n % 0xffff) + 1,
    terminal: {
      // Fresh in every run: the same number again would be a replay.
      '9F37': seeded(`${seed} ${nowMs}`, 'unpredictable number', n, 4),
      '9F02': Uint8Array.of(0, 0, 0, 0, 2, 0),
      '5F2A': Uint8Array.of(0x01, 0x56),
    },
  });
  const kind = `${chip.alg} ${mode}`.toUpperCase();
  return { story: `${story} (${kind})`, family: 'chip-oda', credential, context };
}
