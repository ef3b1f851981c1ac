/** The real entry of a proving thread, on real threads. */

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createPseudonyms } from '../../../gateway/journal/pseudonym.ts';
import { disclosed, personalText } from '../../../workers/claims.ts';
import type { ProveItem } from '../../../workers/contract.ts';
import { chooseEngine } from '../../../workers/engine/choose.ts';
import { packInput, packRequest, unpackInput, unpackRequest } from '../../../workers/packing.ts';
import { ProvePool, startThreads } from '../../../workers/pool.ts';
import { packTrustMissing, unpackReply } from '../../../workers/reply-packing.ts';
import { NOW_MS, rideItem, trust } from '../../fixtures/ride-codes.ts';

const names = createPseudonyms(Buffer.alloc(32, 9));
const packed = ({ family, input, atMs }: ProveItem) => ({
  family,
  scene: '29/entry',
  packedInput: packInput(input),
  atMs,
});

describe('a proving thread', () => {
  let pool: ProvePool;
  const faults: string[] = [];
  const inForce: string[] = [];
  const untilInForce = (revision: string) =>
    vi.waitFor(() => expect(inForce.at(-1)).toBe(revision), { timeout: 20_000 });

  beforeAll(async () => {
    pool = new ProvePool(
      startThreads(1, {
        hangMs: 30_000,
        trustLoadMs: 30_000,
        rememberedBytes: 100_000,
        namingKeys: names.keys,
        onFree: () => {},
        onFault: (fault, detail) => faults.push(`${fault}: ${detail}`),
      }),
      {
        onTrust: (revision) => inForce.push(revision),
        onTrustFault: (revision, detail) => faults.push(`${revision}: ${detail}`),
      },
      { revision: 'r1', document: trust },
    );
    await pool.start();
  });
  afterAll(() => pool.close());

  test('proves under the trust it was given, and remembers until that changes', async () => {
    const first = await pool.run([rideItem(), { ...rideItem(), atMs: NOW_MS + 60_001 }].map(packed));
    expect(first).toMatchObject({
      kind: 'verdicts',
      trustRevision: 'r1',
      verdicts: [
        {
          ok: true,
          code: 'proof.ok',
          failed: null,
          facts: { region: 'cq', replayableUntilMs: NOW_MS + 60_000 },
        },
        { ok: false, code: 'code.stale', failed: 'code.generation', facts: null },
      ],
      stats: { engine: chooseEngine().engine.name, signatures: 3, chainMisses: 1 },
    });
    expect(await pool.run([packed(rideItem())])).toMatchObject({ stats: { signatures: 1, chainHits: 1 } });

    pool.setTrust({ revision: 'r2', document: { anchors: [] } });
    await untilInForce('r2');
    expect(await pool.run([packed(rideItem())])).toMatchObject({
      trustRevision: 'r2',
      verdicts: [{ ok: false, code: 'trust.ca_unknown' }],
    });
    expect(faults).toEqual([]);
  });

  test('names persons, cards and presentations as the journal does, and lets no subject out', async () => {
    pool.setTrust({ revision: 'r3', document: trust });
    await untilInForce('r3');
    const item = packed(rideItem());
    const late = { ...item, atMs: NOW_MS + 60_001 };
    const outcome = await pool.run([item, late]);
    if (outcome?.kind !== 'verdicts') throw new Error('the thread answers');
    const [proven, denied] = outcome.verdicts;
    const presentationDigest = names.presentation('transit-qr', '29/entry', item.packedInput);
    const credentialId = disclosed(proven?.facts?.credentialId ?? personalText(''));
    const subject = credentialId.slice(credentialId.indexOf(':') + 1);
    expect(subject).toBe('3104770011223344556');
    expect(proven).toMatchObject({
      presentationDigest,
      facts: {
        credentialName: names.credential(credentialId),
        subjectName: names.subject(subject),
        replayName: names.replay(credentialId, String(NOW_MS / 1_000)),
      },
    });
    expect(proven?.facts).not.toHaveProperty('subject');
    expect(proven?.facts).not.toHaveProperty('nonce');
    expect(denied).toMatchObject({ presentationDigest, facts: null });
  });
});

describe('packing', () => {
  test('bytes, nulls and large numbers come back as they were, in a buffer of their own', () => {
    const input = { code: Uint8Array.of(0, 255), none: null };
    const request = {
      trustRevision: 'r1',
      items: [packed({ family: 'f', input, atMs: 1_790_000_000_123 })],
    };
    const bytes = packRequest(request);
    expect(bytes.buffer.byteLength).toBe(bytes.byteLength);
    expect(unpackRequest(bytes)).toEqual(request);
    expect(unpackInput(packInput(input))).toEqual(input);
    const reply = packTrustMissing();
    expect(unpackReply(reply)).toEqual({ kind: 'trust_missing' });
    expect(() => unpackRequest(reply)).toThrow();
    expect(() => unpackReply(bytes)).toThrow();
  });
});
