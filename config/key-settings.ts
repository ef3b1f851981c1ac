/** Settings of the gateway's own keys: which of them are held by a token or a cipher machine, and how it is reached. */
import { Type } from 'typebox';
import { closed, count, ms } from './setting-kinds.ts';

const optionalFile = (description: string) => Type.Optional(Type.String({ minLength: 1, description }));

const keyPlace = (what: string) =>
  closed({
    holder: Type.Union([Type.Literal('file'), Type.Literal('pkcs11'), Type.Literal('sdf')], {
      default: 'file',
      description: `Who holds ${what}: \`file\` for a file of this gateway, \`pkcs11\` for a token, \`sdf\` for a cipher machine.`,
    }),
    label: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 64,
        description: 'Its name there: CKA_LABEL of a token, the index in a cipher machine.',
      }),
    ),
  });

export const KeysSchema = closed({
  checkpoint: keyPlace("the key that the journal's checkpoints are signed with"),
  register: keyPlace("the key that the register's keys are wrapped under"),
  receipt: keyPlace('the key that receipts are signed with, of the first algorithm of the profile'),
  deadline_ms: ms(1_000, 'Time that a token or cipher machine has for one attempt; there are two.'),
  breaker_failures: count(3, 'Operations in a row that fail before it is not asked for a while.'),
  breaker_open_ms: ms(5_000, 'Time for which it is not asked then.'),
});

const PROGRAM = 'onecard-key-holder, which the gateway starts; or socket_file.';
const SOCKET =
  'Unix socket of an onecard-key-holder that somebody else starts, best under a user of its own.';

export const Pkcs11Schema = Type.Optional(
  Type.Object(
    {
      program_file: optionalFile(PROGRAM),
      socket_file: optionalFile(SOCKET),
      module_file: optionalFile("The token's library, for program_file."),
      token_label: Type.Optional(
        Type.String({ minLength: 1, maxLength: 32, description: 'Name of the token, for program_file.' }),
      ),
      pin_file: optionalFile('File with the PIN of its user, for program_file: for the gateway alone.'),
    },
    { additionalProperties: false, description: 'A token that is reached by PKCS#11.' },
  ),
);

export const SdfSchema = Type.Optional(
  Type.Object(
    {
      program_file: optionalFile(PROGRAM),
      socket_file: optionalFile(SOCKET),
      library_file: optionalFile("The cipher machine's library, for program_file."),
      password_file: optionalFile(
        'File with the password of its private keys, for program_file; default: they need none.',
      ),
      sm4_ecb_id: Type.Integer({
        minimum: 1,
        maximum: 0xffff_ffff,
        default: 0x401,
        description:
          'Number of SM4 in ECB mode, for program_file: 1025 by GM/T 0006, which older libraries have for another algorithm (8193 is ' +
          'theirs).',
      }),
    },
    { additionalProperties: false, description: 'A cipher machine that is reached by SDF (GM/T 0018).' },
  ),
);

export type KeyUse = 'checkpoint' | 'register' | 'receipt';
export const KEY_USES = ['checkpoint', 'register', 'receipt'] as const satisfies readonly KeyUse[];

export interface KeyPlace {
  readonly holder: 'file' | 'pkcs11' | 'sdf';
  readonly label?: string;
}

interface Reached {
  readonly program_file?: string;
  readonly socket_file?: string;
}

interface Relating {
  readonly profile: string;
  readonly keys: Readonly<Record<KeyUse, KeyPlace>>;
  readonly pkcs11?: Reached & {
    readonly module_file?: string;
    readonly token_label?: string;
    readonly pin_file?: string;
  };
  readonly sdf?: Reached & { readonly library_file?: string };
}

/** What does not go together. */
export function keyRelations({ profile, keys, pkcs11, sdf }: Relating): [boolean, string][] {
  const rules = KEY_USES.flatMap((use): [boolean, string][] => {
    const { holder, label } = keys[use];
    const at = `crypto.keys.${use}`;
    if (holder === 'file') {
      return [[label === undefined, `${at}.label is of a key that is held elsewhere: ${at}.holder is file`]];
    }
    return [
      [label !== undefined, `${at}.label is needed where ${at}.holder is ${holder}`],
      [
        (holder === 'sdf' ? sdf : pkcs11) !== undefined,
        `crypto.${holder} is needed where ${at}.holder is ${holder}`,
      ],
      [
        (holder === 'sdf') === (profile === 'sm'),
        holder === 'sdf'
          ? `${at}: a cipher machine that is reached by SDF has SM2 and SM4 alone: it needs crypto.profile sm`
          : `${at}: PKCS#11 knows no SM2 and no SM4: with crypto.profile sm it is sdf or file`,
      ],
      [
        holder !== 'sdf' || label === undefined || /^[1-9]\d{0,5}$/.test(label),
        `${at}.label is the index of a key in the cipher machine, a whole number from 1`,
      ],
    ];
  });
  const { checkpoint, receipt } = keys;
  return [
    ...rules,
    [
      receipt.holder === 'file' || receipt.holder !== checkpoint.holder || receipt.label !== checkpoint.label,
      'crypto.keys.receipt and crypto.keys.checkpoint are two keys: whoever signs receipts must not sign the log they stand in',
    ],
    ...reachRelations('crypto.pkcs11', pkcs11, {
      module_file: pkcs11?.module_file,
      token_label: pkcs11?.token_label,
      pin_file: pkcs11?.pin_file,
    }),
    ...reachRelations('crypto.sdf', sdf, { library_file: sdf?.library_file }),
  ];
}

function reachRelations(
  at: string,
  reached: Reached | undefined,
  forProgram: Readonly<Record<string, string | undefined>>,
): [boolean, string][] {
  if (reached === undefined) return [];
  const isStarted = reached.program_file !== undefined;
  const missing = Object.keys(forProgram).filter((name) => forProgram[name] === undefined);
  return [
    [
      isStarted !== (reached.socket_file !== undefined),
      `${at}: give program_file or socket_file, and not both`,
    ],
    [!isStarted || missing.length === 0, `${at}: program_file needs ${missing.join(', ')} too`],
  ];
}
