/** Settings of keys that are held elsewhere: what does not go together is said. */
import { expect, test } from 'vitest';
import { parseSettings } from '../../../config/settings.ts';

const parsed = (crypto: object) => parseSettings({ gateway_id: 'gw-1', trust_file: 'trust.json', crypto });

const machine = { socket_file: '/run/holder.sock' };
const token = { program_file: 'holder', module_file: 'm.so', token_label: 'onecard', pin_file: 'pin' };

test('keys are in files where nothing is said', () => {
  expect(parsed({}).crypto.keys.checkpoint).toEqual({ holder: 'file' });
});

test('a token and a cipher machine', () => {
  const keys = { checkpoint: { holder: 'pkcs11', label: 'checkpoints' } };
  expect(parsed({ keys, pkcs11: token }).crypto.pkcs11).toEqual(token);
  const inMachine = { checkpoint: { holder: 'sdf', label: '3' } };
  const { sdf } = parsed({ profile: 'sm', keys: inMachine, sdf: machine }).crypto;
  expect(sdf).toEqual({ ...machine, sm4_ecb_id: 1025 });
});

test.each([
  [
    { keys: { checkpoint: { label: '3' } } },
    'crypto.keys.checkpoint.label is of a key that is held elsewhere',
  ],
  [{ keys: { checkpoint: { holder: 'pkcs11' } }, pkcs11: token }, 'crypto.keys.checkpoint.label is needed'],
  [{ keys: { register: { holder: 'pkcs11', label: 'k' } } }, 'crypto.pkcs11 is needed'],
  [{ keys: { checkpoint: { holder: 'sdf', label: '3' } }, sdf: machine }, 'it needs crypto.profile sm'],
  [
    { profile: 'sm', keys: { checkpoint: { holder: 'pkcs11', label: 'k' } }, pkcs11: token },
    'PKCS#11 knows no SM2 and no SM4',
  ],
  [
    { profile: 'sm', keys: { checkpoint: { holder: 'sdf', label: '03' } }, sdf: machine },
    'is the index of a key in the cipher machine',
  ],
  [
    { pkcs11: { ...token, socket_file: 's' } },
    'crypto.pkcs11: give program_file or socket_file, and not both',
  ],
  [
    {
      ...{ profile: 'sm', sdf: machine },
      keys: { checkpoint: { holder: 'sdf', label: '3' }, receipt: { holder: 'sdf', label: '3' } },
    },
    'crypto.keys.receipt and crypto.keys.checkpoint are two keys',
  ],
  [{ sdf: {} }, 'crypto.sdf: give program_file or socket_file, and not both'],
  [{ sdf: { program_file: 'p' } }, 'crypto.sdf: program_file needs library_file too'],
  [{ pkcs11: { program_file: 'p', module_file: 'm' } }, 'program_file needs token_label, pin_file too'],
])('%j', (crypto, said) => {
  expect(() => parsed(crypto)).toThrow(said);
});
