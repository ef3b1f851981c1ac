import { describe, expect, test } from 'vitest';
import type { ProveItem } from '../../../workers/contract.ts';
import type { Job, SignatureEngine } from '../../../workers/engine/job.ts';
import { createPortableEngine } from '../../../workers/engine/portable.ts';
import { Prover } from '../../../workers/prove.ts';
import { TrustError } from '../../../workers/trust/error.ts';
import { account, NOW_MS, rideItem, transitAnchor, trust } from '../../fixtures/ride-codes.ts';

const REMEMBERED_BYTES = 100_000;

/** The portable engine, writing down the size of every batch it is given. */
function watchedEngine(change: (job: Job) => Job = (job) => job) {
  const engine = createPortableEngine();
  const batches: number[] = [];
  const watched: SignatureEngine = {
    ...engine,
    verify: (jobs) => {
      batches.push(jobs.length);
      return engine.verify(jobs.map(change));
    },
  };
  return { engine: watched, batches };
}

function proverOf(engine = createPortableEngine(), rememberedBytes = REMEMBERED_BYTES) {
  const prover = new Prover(engine, rememberedBytes);
  const revision = prover.loadTrust(trust);
  // Loading verifies self-signatures; only what is proven counts here.
  prover.takeStats();
  const prove = (...items: ProveItem[]) => prover.prove(items, revision, false).map(({ code }) => code);
  return { prover, revision, prove };
}

const spoiled = (item: ProveItem, offset: number): ProveItem => {
  const input = new Uint8Array(item.input as Uint8Array);
  input[offset] = (input[offset] ?? 0) ^ 1;
  return { ...item, input };
};

describe('a batch', () => {
  test('is one call to the engine, and each presentation is settled on its own', () => {
    const { engine, batches } = watchedEngine();
    const { prove } = proverOf(engine);
    batches.length = 0;
    const good = rideItem();
    expect(
      prove(good, spoiled(good, 331), spoiled(good, 0), spoiled(good, 4), rideItem(NOW_MS + 1000)),
    ).toEqual([
      'proof.ok',
      'signature.user',
      'credential.version_unsupported',
      'trust.ca_unknown',
      'proof.ok',
    ]);
    // Certificate and authorisation once, three user signatures; refused codes cost none.
    expect(batches).toEqual([5]);
  });

  test('signatures that end alike are told apart, in any order', () => {
    const good = rideItem();
    // Not among the last four bytes, by which jobs are looked up.
    const bad = spoiled(good, 300);
    const [ok, refused] = ['proof.ok', 'signature.user'];
    expect(proverOf().prove(good, bad, good, bad)).toEqual([ok, refused, ok, refused]);
    expect(proverOf().prove(bad, good, bad, good)).toEqual([refused, ok, refused, ok]);
  });

  test('a fault of our own costs its own item only', () => {
    const { prove, prover, revision } = proverOf();
    const broken: ProveItem = { family: 'transit-qr', input: null, atMs: NOW_MS };
    const unknown: ProveItem = { family: 'toString', input: null, atMs: NOW_MS };
    expect(prove(rideItem(), broken, unknown, rideItem())).toEqual([
      'proof.ok',
      'proof.internal',
      'proof.internal',
      'proof.ok',
    ]);
    const [verdict] = prover.prove([broken], revision, true);
    expect(verdict).toEqual({
      ok: false,
      code: 'proof.internal',
      failed: 'internal',
      facts: null,
      checks: [],
    });
  });

  test('a job the engine will not take costs its own item only', () => {
    const item = rideItem();
    const userSignature = (item.input as Uint8Array).slice(268);
    const { engine, batches } = watchedEngine((job) =>
      Buffer.compare(job.signature, userSignature) === 0 ? { ...job, digest: new Uint8Array(31) } : job,
    );
    const { prove } = proverOf(engine);
    batches.length = 0;
    expect(prove(rideItem(NOW_MS + 5000), item)).toEqual(['proof.ok', 'proof.internal']);
    expect(batches).toEqual([4, 1, 1, 1, 1]);
  });

  test('of nothing is nothing, under a revision that is known', () => {
    const { prover, revision } = proverOf();
    expect(prover.prove([], revision, true)).toEqual([]);
    expect(() => prover.prove([], 'other', true)).toThrow(RangeError);
  });

  test('checks are told only when asked for, and only up to the first that failed', () => {
    const { prover, revision } = proverOf();
    const item = rideItem();
    expect(prover.prove([item], revision, false)[0]?.checks).toEqual([]);
    const [verdict] = prover.prove([spoiled(item, 9)], revision, true);
    expect(verdict?.checks.at(-1)).toEqual({ check: 'certificate.format', ok: false });
    expect(verdict?.failed).toBe('certificate.format');
    expect(verdict?.checks.filter(({ ok }) => !ok)).toHaveLength(1);
    expect(verdict?.facts).toBeNull();
  });
});

describe('what is remembered', () => {
  test('the chain and the authorisation are verified once; the user signature each time', () => {
    const { prover, prove } = proverOf();
    expect(prove(rideItem())).toEqual(['proof.ok']);
    expect(prover.takeStats()).toMatchObject({
      engine: 'portable',
      signatures: 3,
      chainMisses: 1,
      chainHits: 0,
      authorisationMisses: 1,
      authorisationHits: 0,
    });
    expect(prove(rideItem(NOW_MS + 1000))).toEqual(['proof.ok']);
    expect(prover.takeStats()).toMatchObject({
      signatures: 1,
      chainMisses: 0,
      chainHits: 1,
      authorisationMisses: 0,
      authorisationHits: 1,
    });
    expect(prover.takeStats()).toMatchObject({ signatures: 0, chainHits: 0, authorisationHits: 0 });
  });

  test('nothing, unless every check held', () => {
    const { prover, prove } = proverOf();
    expect(prove(spoiled(rideItem(), 331))).toEqual(['signature.user']);
    prover.takeStats();
    expect(prove(rideItem())).toEqual(['proof.ok']);
    expect(prover.takeStats()).toMatchObject({ signatures: 3, chainMisses: 1, authorisationMisses: 1 });
  });

  test('a chain stays remembered while another authorisation is verified', () => {
    const { prover, prove } = proverOf();
    prove(rideItem());
    prover.takeStats();
    expect(prove(rideItem(NOW_MS, { limit_fen: 1 }))).toEqual(['proof.ok']);
    expect(prover.takeStats()).toMatchObject({ signatures: 2, chainHits: 1, authorisationMisses: 1 });
  });

  test('remembered or not, the clock is looked at', () => {
    const { prove } = proverOf();
    const until_s = NOW_MS / 1000 + 30;
    const item = rideItem(NOW_MS, { authorisedUntil_s: until_s });
    expect(prove(item)).toEqual(['proof.ok']);
    expect(prove({ ...item, atMs: until_s * 1000 })).toEqual(['proof.ok']);
    expect(prove({ ...item, atMs: until_s * 1000 + 1 })).toEqual(['credential.expired']);
    // The certificate is good through November 2026.
    const december = Date.UTC(2026, 11, 1);
    expect(prove(rideItem(december - 1000), rideItem(december))).toEqual([
      'proof.ok',
      'trust.certificate_expired',
    ]);
  });

  test('remembered or not, other signature bytes are refused', () => {
    const { prove } = proverOf();
    const item = rideItem();
    for (const offset of [119, 262]) {
      const [cold] = proverOf().prove(spoiled(item, offset));
      expect(prove(item)).toEqual(['proof.ok']);
      expect(prove(spoiled(item, offset))).toEqual([cold]);
    }
  });

  test('ends with the revision of trust', () => {
    const { prover, prove } = proverOf();
    expect(prove(rideItem())).toEqual(['proof.ok']);
    const next = prover.loadTrust({ anchors: [{ ...transitAnchor, region: 'sc' }] });
    prover.takeStats();
    const [verdict] = prover.prove([rideItem()], next, false);
    expect(verdict?.facts?.region).toBe('sc');
    expect(prover.takeStats()).toMatchObject({ signatures: 3, chainMisses: 1, authorisationMisses: 1 });

    const without = prover.loadTrust({ anchors: [] });
    expect(prover.prove([rideItem()], without, false)[0]?.code).toBe('trust.ca_unknown');
  });

  test('is bounded: the oldest is forgotten', () => {
    // An issuer's certificate takes 200 bytes, an authorisation 352.
    const { prover, prove } = proverOf(createPortableEngine(), 1_100);
    const codes = [1, 2, 3].map((limit_fen) => rideItem(NOW_MS, { limit_fen }));
    expect(prove(...codes)).toEqual(['proof.ok', 'proof.ok', 'proof.ok']);
    prover.takeStats();
    prove(...codes.slice(1));
    expect(prover.takeStats()).toMatchObject({ authorisationHits: 2, authorisationMisses: 0 });
    prove(...codes.slice(0, 1));
    expect(prover.takeStats()).toMatchObject({ authorisationHits: 0, authorisationMisses: 1 });
  });
});

test('says which of a batch were not remembered, and none of those that were', () => {
  const { prover, prove } = proverOf();
  const [known, other] = [rideItem(), rideItem(NOW_MS, { limit_fen: 1 })];
  prove(known);
  expect(prover.takeStats().coldItems).toEqual([0]);
  prove(known, other, known, other);
  expect(prover.takeStats().coldItems).toEqual([1, 3]);
  prove(known, other);
  expect(prover.takeStats().coldItems).toBeUndefined();
});

describe('revisions of trust', () => {
  test('those before stay for batches on their way, until they are forgotten', () => {
    const { prover, revision } = proverOf();
    const second = prover.loadTrust({ revision: 'second', anchors: [] });
    expect(prover.loadTrust({ anchors: [] }, 'third')).toBe('third');
    const known = () => [revision, second, 'third'].map((name) => prover.hasTrust(name));
    expect(known()).toEqual([true, true, true]);
    prover.keepOnly('third');
    expect(known()).toEqual([false, false, true]);
  });

  test('one that cannot be used changes nothing', () => {
    const { prover, revision, prove } = proverOf();
    expect(() => prover.loadTrust({ anchors: [transitAnchor, transitAnchor] })).toThrow(TrustError);
    expect(() => prover.loadTrust({ anchors: [{ ...transitAnchor, region: 'CQ' }] })).toThrow(TrustError);
    expect(prover.hasTrust(revision)).toBe(true);
    expect(prove(rideItem())).toEqual(['proof.ok']);
  });
});

test('the account is named without its padding, and no two accounts alike', () => {
  const { prover, revision } = proverOf();
  const shorter = { ...account, userAccount: new Uint8Array(account.userAccount) };
  shorter.userAccount[9] = 0xff;
  const verdicts = prover.prove([rideItem(), rideItem(NOW_MS, { account: shorter })], revision, false);
  expect(verdicts.map(({ facts }) => facts?.subject)).toEqual(['3104770011223344556', '310477001122334455']);
});
