/**
 * `onecard-gateway/verify`: proves credentials in a program of yours, without a gateway: no policy, no lists, no memory of
 * what was shown before. What goes in and comes out is what `onecard verify` takes and gives, a line each.
 *
 *     const verifier = createVerifier(JSON.parse(readFileSync('trust.json', 'utf8')));
 *     const [proof] = verifier.verify([{ id: '1', family: 'transit-qr', at: new Date().toISOString(), credential, context: {} }]);
 */
import type { Code } from '../config/codes.ts';
import { disclosed } from '../workers/claims.ts';
import type { CheckResult, ProofFacts } from '../workers/contract.ts';
import { chooseEngine } from '../workers/engine/choose.ts';
import { Prover } from '../workers/prove.ts';
import { type LineId, type ReadLine, readItem } from './item.ts';

export { EngineError } from '../workers/engine/choose.ts';
export { TrustError } from '../workers/trust/error.ts';
export { type ReceiptCheck, type VerifiedReceipt, verifyReceipt } from './receipt.ts';
export { ReceiptKeysError, readReceiptKeys, type TrustedKeys } from './receipt-keys.ts';
export type { CheckResult, Code, LineId };

/** What was proven, in the clear: whose card it is stays with the program that asks. */
export interface ProvenFacts extends Omit<ProofFacts, 'credentialId' | 'subject'> {
  /** The credential itself (issuer and serial, or account). */
  readonly credentialId: string;
  /** Whose credential it is: a card number or an account. */
  readonly subject: string;
}

/** A credential to prove. */
export interface VerifyItem {
  /** Comes back with the proof. */
  readonly id: string;
  /** `transit-qr`, `chip-oda`, … */
  readonly family: string;
  /** The moment to judge it at, ISO 8601 with a zone. */
  readonly at: string;
  /** As the family takes it, bytes in hex (docs/protocol.md). */
  readonly credential: unknown;
  readonly context: unknown;
}

export interface Proof {
  readonly id: LineId;
  readonly ok: boolean;
  /** See docs/codes.md. `request.malformed`: it is no credential of that family, whatever it says. */
  readonly code: Code;
  /** Only where it is proven. Holds personal data. */
  readonly facts: ProvenFacts | null;
  /** Every check made, in order. */
  readonly checks: readonly CheckResult[];
}

/** What was not even tried. */
export interface MalformedProof extends Proof {
  readonly ok: false;
  readonly code: 'request.malformed';
  readonly facts: null;
  /** The finer code. */
  readonly reason: Code;
  /** JSON pointer to what is wrong, where that is one place. */
  readonly field: string | null;
}

export interface Verifier {
  /** Which signature engine runs here: `ifma8`, `avx2`, `scalar` or `portable`. */
  readonly engine: string;
  /** One proof an item, in order; together they are verified faster than one by one. Never throws for what a card said. */
  verify(items: readonly VerifyItem[]): (Proof | MalformedProof)[];
  /** Takes another trust document. Throws TrustError, and then goes on with the one before. */
  setTrust(document: unknown): void;
}

export interface VerifierOptions {
  /** Memory for verified certificates, cards and ride codes, all in. Default 16 MiB: some 45,000 ride codes. */
  readonly rememberedBytes?: number;
}

const REMEMBERED_BYTES = 16_777_216;

/** `trust`: a trust document. Throws TrustError when it is none, EngineError when no engine works here. */
export function createVerifier(trust: unknown, options: VerifierOptions = {}): Verifier {
  const { engine } = chooseEngine();
  const prover = new Prover(engine, options.rememberedBytes ?? REMEMBERED_BYTES);
  let revision = prover.loadTrust(trust);
  return {
    engine: engine.name,
    verify: (items) => proveRead(prover, revision, items.map(readItem)),
    setTrust(document) {
      revision = prover.loadTrust(document);
      prover.keepOnly(revision);
    },
  };
}

/** Proves what was read, and returns what could not be, in order. */
export function proveRead(
  prover: Prover,
  revision: string,
  read: readonly ReadLine[],
): (Proof | MalformedProof)[] {
  const items = read.flatMap((line) => (line.kind === 'item' ? [line.item] : []));
  const verdicts = prover.prove(items, revision, true).values();
  return read.map((line) => {
    if (line.kind === 'malformed') {
      const { id, reason, field } = line;
      return { id, ok: false, code: 'request.malformed', reason, field, facts: null, checks: [] };
    }
    const verdict = verdicts.next().value;
    if (verdict === undefined) throw new Error('one verdict an item expected');
    const { ok, code, facts, checks } = verdict;
    return { id: line.id, ok, code, facts: facts && inTheClear(facts), checks };
  });
}

function inTheClear(facts: ProofFacts): ProvenFacts {
  return { ...facts, credentialId: disclosed(facts.credentialId), subject: disclosed(facts.subject) };
}
