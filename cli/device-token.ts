/** `onecard device token`: a fresh token, to try a gateway by hand. */
import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { signDeviceToken } from '../client/device-token.ts';
import { signingKeyFrom } from '../crypto/signature/key-files.ts';
import type { SigningKey } from '../crypto/signature/keys.ts';
import { signingKeyOfJwk } from '../crypto/signature/private-jwk.ts';
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
        console.log(
          signDeviceToken(readPrivateKey(options.privateKey), {
            deviceId: options.id,
            gatewayId: options.gateway,
            lifetimeMs: options.lifetime * 1_000,
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

function readPrivateKey(file: string): SigningKey {
  const text = readFileSync(file, 'utf8');
  try {
    return text.trimStart().startsWith('-----BEGIN')
      ? signingKeyFrom(text)
      : signingKeyOfJwk(JSON.parse(text));
  } catch (cause) {
    // The cause may quote the file, and the file is secret.
    throw new UnusableError(`${file} holds no private key of P-256, Ed25519 or SM2, as JWK or PEM`, {
      cause,
    });
  }
}
