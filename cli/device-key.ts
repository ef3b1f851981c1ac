/** The key that a device is enrolled with: the public half of its own, or one of a pair that is made for it. */
import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import type { TakenProfiles } from '../config/crypto-settings.ts';
import type { Settings } from '../config/settings.ts';
import { isAccepted } from '../crypto/accepted.ts';
import { JWS_ALGORITHM, type JwsAlgorithm, jwkOf, signatureAlgorithmOf } from '../crypto/signature/jose.ts';
import { makeSigningKey } from '../crypto/signature/key-files.ts';
import { privateJwkOf } from '../crypto/signature/private-jwk.ts';
import { algorithmFor } from '../crypto/uses.ts';
import { algorithmOf, type DeviceJwk, readDevicePublicKey } from '../gateway/devices/device-key.ts';
import { createPrivateFile } from '../gateway/storage/private-files.ts';
import { UnusableError } from './unusable.ts';

export interface DeviceKeyOptions {
  readonly publicKey?: string;
  readonly generate?: boolean;
  readonly privateKeyOut?: string;
  readonly alg?: JwsAlgorithm;
}

export function addKeyOptions(command: Command): Command {
  return command
    .option('--public-key <file>', 'its public key, P-256, Ed25519 or SM2, as JWK or PEM')
    .option('--generate', 'make a key pair for it instead')
    .option(
      '--private-key-out <file>',
      'with --generate: new file for the private key (JWK), readable by you alone',
    )
    .addOption(
      new Option(
        '--alg <alg>',
        'with --generate: kind of key; default: SGD_SM3_SM2 where the settings say profile sm, else ES256',
      ).choices(Object.values(JWS_ALGORITHM)),
    );
}

/** `settings`: of the gateway; null: they are not known. Throws UnusableError and DeviceKeyError. */
export function publicKeyFor(options: DeviceKeyOptions, settings: Settings | null): DeviceJwk {
  const { publicKey, generate, privateKeyOut } = options;
  if ((publicKey === undefined) === (generate !== true)) {
    throw new UnusableError(
      'give its key: either --public-key FILE, or --generate with --private-key-out FILE',
    );
  }
  if (publicKey === undefined) return madeKey(options, settings?.crypto ?? null);
  if (privateKeyOut !== undefined) throw new UnusableError('--private-key-out goes with --generate');
  const jwk = readDevicePublicKey(readFileSync(publicKey, 'utf8'));
  requireAccepted(jwk, settings?.crypto ?? null);
  return jwk;
}

function madeKey({ privateKeyOut, alg }: DeviceKeyOptions, crypto: TakenProfiles | null): DeviceJwk {
  if (privateKeyOut === undefined) throw new UnusableError('--generate needs --private-key-out FILE');
  const own = algorithmFor('device-token', crypto?.profile ?? 'international');
  const key = makeSigningKey(signatureAlgorithmOf(alg) ?? own);
  const jwk = jwkOf(key.publicKey);
  requireAccepted(jwk, crypto);
  createPrivateFile(privateKeyOut, `${JSON.stringify(privateJwkOf(key), null, 2)}\n`);
  return jwk;
}

/** A device enrolled with a key that its gateway does not take would be refused at its first tap. */
function requireAccepted(jwk: DeviceJwk, crypto: TakenProfiles | null): void {
  if (crypto === null || isAccepted(algorithmOf(jwk), crypto)) return;
  throw new UnusableError(
    `a key of ${jwk.crv} is not taken in the profile ${crypto.profile} (crypto.profile), unless crypto.changing_over is true`,
  );
}
