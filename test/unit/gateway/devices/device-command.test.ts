/** The command line beside a running gateway. */
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeProtectedHeader } from 'jose';
import { describe, expect, test } from 'vitest';
import { makeSigningKey, publicPem } from '../../../../crypto/signature/key-files.ts';
import { cityFile, shippedCity } from '../../../fixtures/city-document.ts';
import { temporaryFolder } from '../journal/temporary-folder.rig.ts';
import { GATEWAY_ID, INTERNATIONAL, openGateway } from './enrolled-gateway.rig.ts';

const RUN = join(import.meta.dirname, 'run-device-command.rig.ts');

function onecard(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [RUN, ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

const enroll = (data: string, ...rest: string[]) =>
  onecard('enroll', '--data', data, '--id', 'gate-1', '--class', 'gate', '--scene', '29/entry', ...rest);

describe('onecard device', () => {
  test('enrols, tokens are accepted by the running gateway at once, and refused after revoking', async () => {
    const data = temporaryFolder();
    const gateway = openGateway(join(data, 'devices'), {}, INTERNATIONAL);
    const key = join(data, 'gate-1.key.jwk');
    const made = enroll(data, '--scene', '29/exit', '--generate', '--private-key-out', key, '--alg', 'EdDSA');
    expect(made).toMatchObject({ status: 0, stderr: '' });
    expect(made.stdout).toMatch(/^enrolled gate-1: gate for 29\/entry, 29\/exit; Ed25519 key; enrolled /);

    const token = () => {
      const run = onecard('token', '--private-key', key, '--id', 'gate-1', '--gateway', GATEWAY_ID);
      expect(run).toMatchObject({ status: 0, stderr: '' });
      // Not earlier: on a busy machine the command takes longer than clocks may differ.
      gateway.clock.nowMs = Date.now();
      return run.stdout.trim();
    };
    expect(await gateway.auth.authenticate(token())).toEqual({
      ok: true,
      device: {
        deviceId: 'gate-1',
        class: 'gate',
        scenes: ['29/entry', '29/exit'],
        enrolment: expect.stringMatching(/^gate-1 /),
      },
    });
    expect(onecard('list', '--data', data).stdout).toMatch(/^gate-1: gate for /);
    expect(onecard('revoke', '--data', data, '--id', 'gate-1')).toMatchObject({ status: 0 });
    expect(await gateway.auth.authenticate(token())).toEqual({ ok: false, code: 'auth.device_revoked' });
    expect(onecard('list', '--data', data).stdout).toMatch(/, revoked /);
    expect(enroll(data, '--generate', '--private-key-out', `${key}.2`)).toMatchObject({
      status: 2,
      stderr:
        'onecard device enroll: there is already a device gate-1 (revoked); --replace takes its place\n',
    });
    expect(enroll(data, '--replace', '--generate', '--private-key-out', `${key}.2`)).toMatchObject({
      status: 0,
    });
  });

  test('writes private keys for the owner alone, prints none, and overwrites none', () => {
    const data = temporaryFolder();
    const key = join(data, 'key.jwk');
    const made = enroll(data, '--generate', '--private-key-out', key);
    const { d } = JSON.parse(readFileSync(key, 'utf8'));
    expect(d).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(statSync(key).mode & 0o777).toBe(0o600);
    const shown = onecard('show', '--data', data, '--id', 'gate-1').stdout;
    const listed = onecard('list', '--data', data, '--json').stdout;
    expect(JSON.parse(shown)).toMatchObject({
      deviceId: 'gate-1',
      publicKeyJwk: { kty: 'EC', crv: 'P-256' },
    });
    expect(JSON.parse(listed)).toEqual(JSON.parse(shown));
    for (const output of [made.stdout, made.stderr, shown, listed]) expect(output).not.toContain(d);
    const again = enroll(data, '--replace', '--generate', '--private-key-out', key);
    expect(again.status).toBe(2);
    expect(JSON.parse(readFileSync(key, 'utf8')).d).toBe(d);
  });

  test('takes public keys as JWK and PEM, and no others', () => {
    const data = temporaryFolder();
    const file = (name: string, content: string | object) => {
      const path = join(data, name);
      writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
      return path;
    };
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey;
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 }).publicKey;
    const jwk = publicKey.export({ format: 'jwk' });
    const good = [file('a.jwk', jwk), file('a.pem', publicKey.export({ format: 'pem', type: 'spki' }))];
    for (const key of good)
      expect(enroll(data, '--replace', '--public-key', key)).toMatchObject({ status: 0 });
    const bad: [string, RegExp][] = [
      [file('private.jwk', privateKey.export({ format: 'jwk' })), /this is a private key/],
      [file('private.pem', privateKey.export({ format: 'pem', type: 'pkcs8' })), /this is a private key/],
      [file('p384.jwk', p384.export({ format: 'jwk' })), /EC on P-256/],
      [file('p384.pem', p384.export({ format: 'pem', type: 'spki' })), /EC on P-256/],
      [file('rsa.pem', rsa.export({ format: 'pem', type: 'spki' })), /EC on P-256/],
      [file('off-curve.jwk', { ...jwk, x: jwk.y }), /the key cannot be used/],
      [file('garbage', 'x'), /neither a JWK \(JSON\) nor PEM/],
      [join(data, 'absent.jwk'), /ENOENT/],
    ];
    for (const [key, message] of bad) {
      const run = enroll(data, '--replace', '--public-key', key);
      expect(run.status).toBe(2);
      expect(run.stderr).toMatch(message);
      expect(run.stderr.split('\n')).toHaveLength(2);
    }
  });

  test('makes keys of the profile that the settings say, takes no other, and gives a second one for the change', () => {
    const data = temporaryFolder();
    const config = join(data, 'gateway.json');
    const settings = (crypto: object) =>
      writeFileSync(config, JSON.stringify({ gateway_id: 'g', trust_file: 'none', data_dir: '.', crypto }));
    const by = (command: string, ...rest: string[]) =>
      onecard(command, '--config', config, '--id', 'gate-1', ...rest);
    const [key, other] = [join(data, 'gate-1.jwk'), join(data, 'other.pem')];
    writeFileSync(other, publicPem(makeSigningKey('ES256').publicKey));
    const made = ['--class', 'gate', '--scene', '29/entry', '--generate', '--private-key-out', key];
    settings({ profile: 'sm' });
    expect(by('enroll', ...made)).toMatchObject({ status: 0, stdout: expect.stringMatching(/; SM2 key; /) });
    expect(JSON.parse(readFileSync(key, 'utf8'))).toMatchObject({ kty: 'EC', crv: 'SM2' });
    const token = onecard('token', '--private-key', key, '--id', 'gate-1', '--gateway', 'g').stdout;
    expect(decodeProtectedHeader(token.trim())).toMatchObject({ alg: 'SGD_SM3_SM2', kid: 'gate-1' });
    expect(by('add-key', '--public-key', other)).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/a key of P-256 is not taken in the profile sm/),
    });
    settings({ profile: 'sm', changing_over: true });
    expect(by('add-key', '--public-key', other)).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^changed gate-1: .*; SM2 and P-256 keys; /),
    });
  });

  test('refuses a scene that does not exist, names the nearest one, and leaves no key behind', () => {
    const data = temporaryFolder();
    const key = join(data, 'gate-1.jwk');
    const options = ['--data', data, '--id', 'gate-1', '--class', 'gate', '--generate'];
    const at = (...scene: string[]) =>
      onecard('enroll', ...options, '--private-key-out', key, ...scene.flatMap((each) => ['--scene', each]));
    expect(at('29/exit', '29/gate')).toEqual({
      status: 2,
      stdout: '',
      stderr: 'onecard device enroll: there is no scene "29/gate"; did you mean 29/entry?\n',
    });
    expect(at('somewhere').stderr).toMatch(
      /there is no scene "somewhere"; there are 1\/desk, 1\/allowance, /,
    );
    expect(existsSync(key)).toBe(false);
    expect(at('29/exit')).toMatchObject({ status: 0 });
  });

  test('goes by the scenes it is given', () => {
    const data = temporaryFolder();
    const city = shippedCity();
    for (const scene of city.scenes) scene.scene = scene.scene.replace('exit', 'exits');
    cityFile(city, data);
    const settings = { gateway_id: 'g', trust_file: 'none', data_dir: '.', city: 'city.json' };
    writeFileSync(join(data, 'gateway.json'), JSON.stringify(settings));
    const rest = ['--id', 'g', '--class', 'gate', '--scene', '29/exits', '--replace', '--generate'];
    const by = (key: string, ...options: string[]) =>
      onecard('enroll', ...options, ...rest, '--private-key-out', join(data, key)).stderr;
    expect(by('1', '--data', data)).toMatch(/there is no scene "29\/exits"; did you mean 29\/exit/);
    expect(by('2', '--data', data, '--scenes', join(data, 'city.json'))).toBe('');
    expect(by('3', '--config', join(data, 'gateway.json'))).toBe('');
  });

  test('says what is wrong with its options', () => {
    const data = temporaryFolder();
    const cases: [string[], RegExp][] = [
      [
        ['enroll', '--data', data, '--id', 'Gate 1', '--class', 'gate', '--scene', '29/exit'],
        /"Gate 1" cannot name/,
      ],
      [
        ['enroll', '--data', data, '--id', 'g', '--class', 'king', '--scene', 'x'],
        /Allowed choices are gate/,
      ],
      [['enroll', '--data', data, '--id', 'g', '--class', 'gate', '--scene', '29/exit'], /give its key/],
      [
        ['enroll', '--id', 'g', '--class', 'gate', '--scene', 'x', '--generate'],
        /either --config FILE or --data/,
      ],
      [['list', '--data', join(data, 'nothing')], /there is no enrolled device/],
      [['list', '--config', join(data, 'nothing.json')], /cannot read settings/],
      [['show', '--data', data], /required option '--id <name>'/],
      [['token', '--private-key', join(data, 'no'), '--id', 'g', '--gateway', 'gw'], /ENOENT/],
      [['frobnicate'], /unknown command/],
    ];
    for (const [args, message] of cases) {
      const run = onecard(...args);
      expect(run.status, args.join(' ')).toBe(2);
      expect(run.stderr).toMatch(message);
    }
    expect(onecard('--help')).toMatchObject({ status: 0, stderr: '' });
    expect(onecard('enroll', '--help').stdout).toContain('onecard device enroll --config gateway.json');
  });
});
