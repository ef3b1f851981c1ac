/** What holds of whatever keeps the presentations that are used up: of one gateway's window, and of the store of many. */
import { randomBytes } from 'node:crypto';
import { describe, expect, onTestFinished, test } from 'vitest';

export interface KeptClaims {
  /** Each for a tap of its own; all at once. */
  take(names: readonly Uint8Array[], untilMs: number): Promise<readonly ('first' | 'seen')[]>;
  /** What the last tap took of a name that it took. */
  giveBack(name: Uint8Array): Promise<void>;
  /** Milliseconds since 1970 UTC. */
  now(): number;
  /** Lets so much time pass. */
  pass(ms: number): Promise<void>;
  close(): Promise<void>;
}

const LONG_MS = 600_000;
const newName = () => new Uint8Array(randomBytes(16));

export function claimsContract(keeper: string, open: () => Promise<KeptClaims>): void {
  const opened = async () => {
    const claims = await open();
    onTestFinished(() => claims.close());
    return claims;
  };

  describe(`what ${keeper} keeps`, () => {
    test('is first once, and seen from then on', async () => {
      const claims = await opened();
      const [name, other] = [newName(), newName()];
      const untilMs = claims.now() + LONG_MS;
      expect(await claims.take([name], untilMs)).toEqual(['first']);
      for (let n = 0; n < 3; n += 1) expect(await claims.take([name], untilMs)).toEqual(['seen']);
      expect(await claims.take([other], untilMs)).toEqual(['first']);
    });

    test('is first once among those that ask together', async () => {
      const claims = await opened();
      const [a, b] = [newName(), newName()];
      const said = await claims.take([a, b, a, a, b], claims.now() + LONG_MS);
      expect(said).toEqual(['first', 'first', 'seen', 'seen', 'seen']);
      const names = Array.from({ length: 200 }, newName);
      const both = await Promise.all([0, 1].map(() => claims.take(names, claims.now() + LONG_MS)));
      for (let i = 0; i < names.length; i += 1) {
        expect(both.map((each) => each[i]).toSorted()).toEqual(['first', 'seen']);
      }
    });

    test('is first again once it was given back, and only that', async () => {
      const claims = await opened();
      const [name, other] = [newName(), newName()];
      const untilMs = claims.now() + LONG_MS;
      await claims.take([name, other], untilMs);
      await claims.giveBack(name);
      expect(await claims.take([name, other], untilMs)).toEqual(['first', 'seen']);
      expect(await claims.take([name], untilMs)).toEqual(['seen']);
    });

    test('is held until its end, and first again after it', async () => {
      const claims = await opened();
      const [short, long] = [newName(), newName()];
      const nowMs = claims.now();
      await claims.take([short], nowMs + 1_000);
      await claims.take([long], nowMs + LONG_MS);
      expect(await claims.take([short, long], nowMs + LONG_MS)).toEqual(['seen', 'seen']);
      await claims.pass(3_000);
      expect(await claims.take([short, long], nowMs + LONG_MS)).toEqual(['first', 'seen']);
    });
  });
}
