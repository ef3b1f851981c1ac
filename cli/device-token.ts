/** `onecard device token`: a fresh token, to try a gateway by hand. */
import { createPrivateKey, type KeyObject, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import type { DeviceAlgorithm } from '../gateway/devices/device-key.ts';
import { signDeviceToken } from '../gateway/devices/device-token.ts';
import { runOrExplain, UnusableError } from './unusable.ts';

const HELP = `
The token goes to standard output and is good once, for one request or one session, at one gateway; for the name of a
cluster (cluster.name of its settings), at any gateway of it.

Example:
  $ curl -H "Authorization: Bearer $(onecard device token --private-key desk-1.key.jwk --id desk-1 --gateway gw-1)" \\
      -X POST http://127.0.0.1:8790/v1/sessions`;

interface TokenOptions {
  readonly privateKey: string;
  readonly id: string;
  readonly gateway: string;
  readonly lifetime: number;
}

export function tokenCommand(): Command {
  return new Command('token')
    .description('Print a fresh device token, to try a gateway by hand.')
    .requiredOption('--private-key <file>', 'private key of the device, as JWK or PEM')
    .requiredOption('--id <name>', 'name of the device')
    .requiredOption('--gateway <id>', 'gateway_id of the gateway it is for, or the name of its cluster')
    .option('--lifetime <seconds>', 'how long it is good for', readSeconds, 60)
    .addHelpText('after', HELP)
    .action((options: TokenOptions) =>
      runOrExplain('device token', [], async () => {
        const { privateKey, algorithm } = readPrivateKey(options.privateKey);
        console.log(
          await signDeviceToken({
            privateKey,
            algorithm,
            deviceId: options.id,
            gatewayId: options.gateway,
            issuedAtMs: Date.now(),
            lifetimeMs: options.lifetime * 1_000,
            tokenId: randomUUID(),
          }),
        );
      }),
    );
}

function readSeconds(text: string): number {
  const seconds = Number(text);
  if (!Number.isSafeInteger(seconds) || seconds < 1)
    throw new InvalidArgumentError('a whole number of seconds.');
  return seconds;
}

function readPrivateKey(file: string): { privateKey: KeyObject; algorithm: DeviceAlgorithm } {
  const text = readFileSync(file, 'utf8');
  let privateKey: KeyObject;
  try {
    privateKey = text.trimStart().startsWith('-----BEGIN')
      ? createPrivateKey(text)
      : createPrivateKey({ key: JSON.parse(text), format: 'jwk' });
  } catch (cause) {
    // The cause may quote the file, and the file is secret.
    throw new UnusableError(`${file} holds no private key as JWK or PEM`, { cause });
  }
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = privateKey;
  if (type === 'ed25519') return { privateKey, algorithm: 'EdDSA' };
  if (type === 'ec' && details?.namedCurve === 'prime256v1') return { privateKey, algorithm: 'ES256' };
  throw new UnusableError(`${file} holds a key that is neither P-256 nor Ed25519`);
}
