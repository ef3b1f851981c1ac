/** `onecard receipt verify` and `show`: what a fund does with a receipt, offline. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import type { VerifyingKey } from '../crypto/signature/keys.ts';
import { keyOfText } from '../gateway/journal/log/checkpoint-key-text.ts';
import { keyOfVerifier } from '../gateway/journal/log/checkpoint-signature.ts';
import { type ReceiptCheck, verifyReceipt } from '../verify/receipt.ts';
import { ReceiptKeysError, readReceiptKeys, type TrustedKeys } from '../verify/receipt-keys.ts';
import { RECEIPT_CHARACTERS_MAX, readReceipt } from '../verify/receipt-reading.ts';
import { EngineError } from '../workers/engine/choose.ts';
import { FOUND_EXIT_CODE } from './journal-folder.ts';
import { certificatesIn } from './receipt-certificate.ts';
import { runOrExplain, UnusableError } from './unusable.ts';

const VERIFY_HELP = `
FILE holds the receipt (a compact JWS), or the gateway's answer with it ({"id", "receipt"}); - reads standard input.

Checks: shape; signature, by the key that the header names; certificate, where the receipt carries one or
--ca is given: of that key, for signing, valid then, below one of --ca; issuer, that of the keys; outcome, which must be allow; log, that the
record of the decision stands in the gateway's log; checkpoint, that the gateway signed that state of its log.

Exit status: 0 when every check holds, 1 when one does not, 2 when options or files cannot be used.

Examples:
  $ onecard receipt verify receipt.jws --keys keys.json
  $ onecard receipt verify - --keys keys.json --json < answer.json`;

interface VerifyOptions {
  readonly keys: string;
  readonly logKey?: string;
  readonly anyOutcome?: boolean;
  readonly ca?: string;
  readonly json?: boolean;
}

export function verifyCommand(): Command {
  return new Command('verify')
    .description('Verify a receipt offline, and say each check.')
    .argument('<file>', 'the receipt; - for standard input')
    .requiredOption('--keys <file>', 'what /.well-known/onecard-receipts.json of the gateway gave')
    .option(
      '--log-key <key>',
      'key of the log in place of those in --keys: 32 bytes of Ed25519 in base64, SM2: and 64 bytes, or what "onecard journal checkpoint --verifier-key" prints',
    )
    .option('--ca <file>', 'authorities (PEM) of which one must vouch for the key by a certificate')
    .option('--any-outcome', 'take a receipt of identity whose decision was not allow as well')
    .option('--json', 'one JSON object: ok, checks, claims')
    .addHelpText('after', VERIFY_HELP)
    .action((file: string, options: VerifyOptions) =>
      runOrExplain('receipt verify', [ReceiptKeysError, EngineError], async () => {
        const { keys, logKey, anyOutcome = false, ca, json } = options;
        const authorities = ca === undefined ? [] : certificatesIn(ca);
        const trusted = trustedKeys(keys, logKey);
        const verified = verifyReceipt(receiptIn(file), trusted, { anyOutcome, authorities });
        if (json) console.log(JSON.stringify(verified));
        else for (const check of verified.checks) console.log(line(check));
        if (!verified.ok) process.exitCode = FOUND_EXIT_CODE;
      }),
    );
}

const SHOW_HELP = `
Nothing is verified: anybody can have written what is shown. "onecard receipt verify" does.

Exit status: 0 when it was shown, 2 when it cannot be read.

Example:
  $ onecard receipt show receipt.jws`;

export function showCommand(): Command {
  return new Command('show')
    .description('Show what a receipt says, without verifying it.')
    .argument('<file>', 'the receipt; - for standard input')
    .addHelpText('after', SHOW_HELP)
    .action((file: string) =>
      runOrExplain('receipt show', [], async () => {
        const read = readReceipt(receiptIn(file));
        if (!read.ok) throw new UnusableError(`${file} holds no receipt: ${read.why}`);
        const { alg, kid, claims } = read.receipt;
        console.error('not verified: anybody can have written this');
        console.log(JSON.stringify({ alg, kid, claims }, null, 2));
      }),
    );
}

function line({ name, ok, detail }: ReceiptCheck): string {
  return `${ok ? 'ok    ' : 'FAILED'}  ${name.padEnd(10)}  ${detail}`;
}

/** Throws UnusableError. */
function receiptIn(file: string): string {
  const text = contentOf(file).trim();
  if (!text.startsWith('{')) return text;
  const { receipt } = jsonOf(text, file) as { readonly receipt?: unknown };
  if (typeof receipt !== 'string') throw new UnusableError(`${file} holds no receipt: {"id", "receipt"}`);
  return receipt;
}

function trustedKeys(file: string, logKey: string | undefined): TrustedKeys {
  const keys = readReceiptKeys(jsonOf(contentOf(file), file));
  return logKey === undefined ? keys : { ...keys, logKeys: [logKeyOf(logKey)] };
}

/** Throws UnusableError. */
function logKeyOf(text: string): VerifyingKey {
  const key = keyOfText(text) ?? keyOfVerifier(text);
  if (key) return key;
  throw new UnusableError('--log-key is no key of Ed25519 or SM2: its bytes in base64, or NAME+ID+KEY');
}

function contentOf(file: string): string {
  try {
    const text = readFileSync(file === '-' ? 0 : file, 'utf8');
    if (text.length > 16 * RECEIPT_CHARACTERS_MAX) throw new UnusableError(`${file} is too large`);
    return text;
  } catch (cause) {
    if (cause instanceof UnusableError) throw cause;
    throw new UnusableError(`${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

function jsonOf(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UnusableError(`${file} is no JSON: ${(cause as Error).message}`, { cause });
  }
}
