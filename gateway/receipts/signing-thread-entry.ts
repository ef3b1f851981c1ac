/**
 * Entry of the thread that proves and signs receipts: it alone reads private keys, and no tap waits for it. What is to be signed
 * elsewhere it hands back.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { nameThread } from '../../workers/thread-name.ts';
import { readCheckpoint } from '../journal/log/checkpoint.ts';
import { ProofError } from '../journal/log/prove-log.ts';
import { LogProofs } from './log-proofs.ts';
import { RECEIPT_TYPE, type ReceiptClaims } from './receipt.ts';
import { signingKey, WatchedKeys } from './receipt-keys.ts';
import { keyInFile, signatureOf } from './sign.ts';
import type { FromSigning, SigningData, SigningJob, ToSigning } from './signing-messages.ts';

const port = parentPort;
if (!port) throw new Error('receipts are signed on a thread');
nameThread('receipts');
const { keysFile, logFolder } = workerData as SigningData;
const keys = new WatchedKeys(keysFile);
const proofs = new LogProofs(logFolder);

type Made = { readonly jws: string } | { readonly signingInput: string; readonly kid: string };

/** Signed here, or what whoever holds the key is to sign. */
async function made({ alg, statement, position, leafHash, checkpoint: text }: SigningJob): Promise<Made> {
  const checkpoint = readCheckpoint(text);
  if (checkpoint === null) throw new ProofError('what covers the record is no checkpoint');
  const log = proofs.prove({ position, hash: leafHash }, checkpoint);
  const claims: ReceiptClaims = { ...statement, log };
  const key = signingKey(keys.read(), alg);
  const { kid, x5c } = key.jwk;
  const header = { alg, typ: RECEIPT_TYPE, kid, ...(x5c && { x5c }) };
  const signingInput = `${encoded(header)}.${encoded(claims)}`;
  if (key.held !== null) return { signingInput, kid };
  const signature = await signatureOf(keyInFile(key), signingInput);
  return { jws: `${signingInput}.${signature.toString('base64url')}` };
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value), 'utf8').toString('base64url');
}

async function answer({ number, job }: ToSigning): Promise<FromSigning> {
  try {
    return { number, ...(await made(job)) };
  } catch (error) {
    const fault = error instanceof ProofError ? 'no_proof' : 'failed';
    return { number, fault, message: (error as Error).message };
  }
}

port.on('message', (asked: ToSigning) => {
  void answer(asked).then((reply) => port.postMessage(reply));
});
