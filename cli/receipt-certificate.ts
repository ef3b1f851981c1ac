/** `onecard receipt key`: a certificate for the key that receipts are signed with. */
import { readFileSync, writeFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { certificateRequest } from '../crypto/certificates/request.ts';
import { CryptoError } from '../crypto/crypto-error.ts';
import { openKeyHolder } from '../crypto/holders/open-holder.ts';
import { algorithmFor } from '../crypto/uses.ts';
import { knownKey, placeOf } from '../gateway/receipts/held-receipt-key.ts';
import { RECEIPT_ALGORITHMS, type ReceiptAlgorithm } from '../gateway/receipts/receipt.ts';
import {
  CURVE_OF,
  keepCertificates,
  keysFile,
  type ReceiptKey,
  readKeys,
  signingKey,
  X5C_MAX,
} from '../gateway/receipts/receipt-keys.ts';
import { ReceiptsError } from '../gateway/receipts/receipts-error.ts';
import { keyInFile } from '../gateway/receipts/sign.ts';
import { checkCertificate } from '../verify/receipt-certificate.ts';
import {
  addDataFolderOptions,
  type DataFolderOptions,
  dataFolder,
  existing,
  settingsOf,
} from './data-folder.ts';
import { runOrExplain, UnusableError } from './unusable.ts';

const BLOCK = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+?)-----END CERTIFICATE-----/g;
const HELP = `
With crypto.profile sm the key is of SM2, and a certification authority makes its certificate (GM/T 0015) from a request. It gives
two, one to sign and one to encrypt: the one to sign is given here. Receipts from then on carry it (x5c), with those above it.

Examples:
  $ onecard receipt key request --config gateway.json --subject C=CN,O=City,CN=gw-1 --out gw-1.csr
  $ onecard receipt key certificate chain.pem --config gateway.json`;

interface RequestOptions extends DataFolderOptions {
  readonly subject: string;
  readonly out: string;
  readonly alg: ReceiptAlgorithm;
}

const algorithmOption = () =>
  new Option('--alg <name>', 'the key of this algorithm')
    .choices([...RECEIPT_ALGORITHMS])
    .default('SGD_SM3_SM2');

export function keyCommand(): Command {
  return new Command('key')
    .description('Ask for a certificate of the key that receipts are signed with, and take it.')
    .addHelpText('after', HELP)
    .addCommand(requestCommand())
    .addCommand(certificateCommand());
}

function requestCommand(): Command {
  return addDataFolderOptions(new Command('request'))
    .description('Write a request for a certificate (PKCS #10).')
    .requiredOption('--subject <name>', 'such as C=CN,O=City,CN=gw-1')
    .requiredOption('--out <file>', 'where to; it must not be there yet')
    .addOption(algorithmOption())
    .action((options: RequestOptions) =>
      runOrExplain('receipt key request', [ReceiptsError, CryptoError], async () => {
        const key = keyOf(options);
        const request = await requestOf(key, options);
        try {
          writeFileSync(options.out, request, { flag: 'wx' });
        } catch (cause) {
          throw new UnusableError(`${options.out} cannot be written: ${(cause as Error).message}`, { cause });
        }
        const named = CURVE_OF[key.jwk.alg] === 'SM2' ? algorithmFor('receipt-signature', 'sm') : key.jwk.alg;
        console.log(`${options.out}: a request for key ${key.jwk.kid} (${named})`);
      }),
    );
}

function certificateCommand(): Command {
  return addDataFolderOptions(new Command('certificate'))
    .description('Take the certificate of the key, and those above it.')
    .argument('<file>', 'PEM: that of the key first, the authority that is trusted last or not at all')
    .addOption(algorithmOption())
    .action((file: string, options: RequestOptions) =>
      runOrExplain('receipt key certificate', [ReceiptsError], async () => {
        const key = keyOf(options);
        const x5c = certificatesIn(file);
        const { x, y, kid } = key.jwk;
        const point = Buffer.concat([x, y].map((each) => Buffer.from(each, 'base64url')));
        const { ok, detail } = checkCertificate({ x5c, point, authorities: [], atMs: Date.now() });
        if (!ok) throw new UnusableError(`${file}: the certificate cannot be used: ${detail}`);
        const texts = x5c.map((each) => Buffer.from(each).toString('base64'));
        keepCertificates(keysFile(dataFolder(options)), kid, texts);
        console.log(`receipts under key ${kid} carry it from the next on`);
      }),
    );
}

/** Signed by whoever holds the key. Rejects with CryptoError, and UnusableError where settings do not say who does. */
async function requestOf(key: ReceiptKey, options: RequestOptions): Promise<string> {
  if (key.held === null) return certificateRequest(keyInFile(key), options.subject);
  const crypto = settingsOf(options)?.crypto;
  const { holder: kind = 'file', label = '' } = crypto?.keys.receipt ?? {};
  if (crypto === undefined || kind === 'file' || placeOf(kind, label) !== key.held) {
    throw new UnusableError(
      `the key is held elsewhere (${key.held}): give the settings that say how it is reached (--config)`,
    );
  }
  const holder = openKeyHolder(kind, crypto, { answered: () => {}, failed: () => {} });
  try {
    return await certificateRequest(knownKey(holder, label, key.jwk), options.subject);
  } finally {
    await holder.close();
  }
}

function keyOf(options: RequestOptions): ReceiptKey {
  const keys = readKeys(keysFile(existing(dataFolder(options), 'data folder')));
  if (keys === null) throw new UnusableError('there are no keys yet: the gateway makes them when it starts');
  return signingKey(keys, options.alg);
}

/** Throws UnusableError. */
export function certificatesIn(file: string): readonly Uint8Array[] {
  let text: string;
  try {
    text = readFileSync(file, 'latin1');
  } catch (cause) {
    throw new UnusableError(`${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
  const all = [...text.matchAll(BLOCK)].map(
    ([, base64 = '']) => new Uint8Array(Buffer.from(base64, 'base64')),
  );
  if (all.length === 0 || all.length > X5C_MAX)
    throw new UnusableError(`${file} must hold 1 to ${X5C_MAX} certificates in PEM`);
  return all;
}
