/** What a wallet's choice of algorithm may cost: nothing, before everything else of the proof has held. */
import { Type } from 'typebox';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { personalText } from '../../../workers/claims.ts';
import type { Job, SignatureEngine } from '../../../workers/engine/job.ts';
import { createPortableEngine } from '../../../workers/engine/portable.ts';
import { CheckList } from '../../../workers/families/check-list.ts';
import type { AnyFamily } from '../../../workers/families/table.ts';
import type { Prover } from '../../../workers/prove.ts';

interface Said {
  readonly signature: 'good' | 'bad';
  readonly plain: 'good' | 'bad';
  /** What each slow check says, in order. */
  readonly slow: readonly ('good' | 'bad' | 'throws')[];
}

const made: number[] = [];
let begin: AnyFamily['begin'] | null = null;
const toy: AnyFamily = {
  ...{
    name: 'toy',
    presentable: true,
    cardMode: null,
    claims: [],
    discloses: [],
    about: '',
    example: null,
    anchorSchemas: [],
  },
  anchorKeys: () => [],
  credentialSchema: () => Type.Unknown(),
  contextSchema: () => Type.Unknown(),
  read: (credential) => credential,
  costKey: () => 'toy',
  // biome-ignore lint/correctness/useYield: there is nothing to load.
  *loadTrust() {
    return null;
  },
  begin: (...args) => {
    if (begin === null) throw new Error('the test says what it shows');
    return begin(...args);
  },
};
const TABLE = '../../../workers/families/table.ts';
let proverOf: (engine: SignatureEngine) => Prover;

// Other files of the same process have loaded the table already.
beforeAll(async () => {
  vi.resetModules();
  vi.doMock(TABLE, () => ({ FAMILIES: [toy], familyNamed: () => toy }));
  const module = await import('../../../workers/prove.ts');
  proverOf = (engine) => new module.Prover(engine, 1_000);
});
afterAll(() => {
  vi.doUnmock(TABLE);
  vi.resetModules();
});

const job: Job = {
  curve: 'p256',
  publicKey: new Uint8Array(64),
  digest: new Uint8Array(32),
  signature: new Uint8Array(64),
};
const facts = {
  ...{ issuer: 'i', region: 'cq', mode: 'm', nonce: 'n', replayableUntilMs: null, validUntilMs: 1 },
  credentialId: personalText('c'),
  subject: personalText('s'),
  claims: {},
  holderBound: true,
};

function prove(said: Said, detail = true) {
  begin = () => {
    const list = new CheckList();
    list.verify('issuer', 'signature.issuer_certificate', job);
    for (const [i, says] of said.slow.entries()) {
      list.verifySlowly(`slow ${i}`, 'signature.user', {
        algorithm: 'p384',
        verify: () => {
          made.push(i);
          if (says === 'throws') throw new Error('a fault of ours');
          return says === 'good';
        },
      });
    }
    if (!list.require('plain', 'credential.malformed', said.plain === 'good')) return list.denied();
    return list.pending(facts, null);
  };
  const portable = createPortableEngine();
  const engine = { ...portable, verify: () => Uint8Array.of(said.signature === 'good' ? 1 : 0) };
  const prover = proverOf(engine);
  const revision = prover.loadTrust({ anchors: [] });
  const [verdict] = prover.prove([{ family: 'toy', input: {}, atMs: 0 }], revision, detail);
  if (verdict === undefined) throw new Error('one verdict an item');
  return verdict;
}

afterEach(() => {
  made.length = 0;
});

test('they are made in order, and all must hold', () => {
  const verdict = prove({ signature: 'good', plain: 'good', slow: ['good', 'good'] });
  expect(verdict.ok).toBe(true);
  expect(made).toEqual([0, 1]);
  expect(verdict.checks.map(({ check }) => check)).toEqual(['issuer', 'slow 0', 'slow 1', 'plain']);
});

test('none is made when a signature that the engine verified does not hold', () => {
  const verdict = prove({ signature: 'bad', plain: 'good', slow: ['good'] });
  expect(verdict).toMatchObject({ ok: false, code: 'signature.issuer_certificate', failed: 'issuer' });
  expect(made).toEqual([]);
  expect(verdict.checks.map(({ check }) => check)).toEqual(['issuer', 'plain']);
});

test('none is made when a plain check does not hold, wherever it stands', () => {
  expect(prove({ signature: 'good', plain: 'bad', slow: ['good'] }).code).toBe('credential.malformed');
  expect(made).toEqual([]);
});

test('none is made after one that does not hold', () => {
  const verdict = prove({ signature: 'good', plain: 'good', slow: ['bad', 'good'] }, false);
  expect(verdict).toMatchObject({ ok: false, code: 'signature.user', failed: 'slow 0', checks: [] });
  expect(made).toEqual([0]);
});

test('one that throws costs its own presentation a code, and no thread', () => {
  expect(prove({ signature: 'good', plain: 'good', slow: ['throws'] }).code).toBe('proof.internal');
});
