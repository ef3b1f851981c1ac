/** Of the hotel desk: register, audit log, passwords. */
import { join } from 'node:path';
import type { CryptoProfile } from '../../config/crypto-settings.ts';
import { type Account, AccountSchema } from '../../hotel/people/account.ts';
import { passwordProfile } from '../../hotel/people/argon2.ts';
import { profileIn } from '../../hotel/people/audit-chain.ts';
import { linesOf, segmentsIn } from '../../hotel/people/audit-walk.ts';
import { KeptList } from '../../hotel/people/kept-list.ts';
import { AUDIT_FOLDER } from '../../hotel/people/people.ts';
import type { SealedRegister } from '../../hotel/register/sealed-register.ts';
import type { Leftover } from './migration.ts';

/** `folder`: of the desk. Works beside a running gateway. */
export function deskLeftovers(folder: string, profile: CryptoProfile): Leftover[] {
  const accounts = new KeptList<Account>(
    join(folder, 'accounts.json'),
    AccountSchema,
    ({ account }) => account,
  );
  const passwords = accounts.all().filter(({ passwordHash }) => passwordProfile(passwordHash) !== profile);
  const lines = segmentsIn(join(folder, AUDIT_FOLDER)).flatMap(linesOf);
  return [
    {
      store: 'passwords',
      count: passwords.length,
      unit: 'accounts',
      ending: 'itself',
      how: 'with the next sign-in of each',
    },
    {
      store: 'audit log',
      count: lines.filter((line) => profileIn(line) !== profile).length,
      unit: 'entries of the other profile',
      ending: 'stays',
      how: 'each names its algorithm; the chain goes on over them',
    },
  ];
}

export async function registerLeftovers(register: SealedRegister): Promise<Leftover[]> {
  const { keys, rows, isWrapped } = await register.ofOtherProfile();
  const ending = { ending: 'run', how: 'onecard crypto migrate --run' } as const;
  return [
    { store: 'register', count: rows, unit: 'rows', ...ending },
    {
      store: 'register keys',
      count: keys + (isWrapped ? 1 : 0),
      unit: 'keys, or the wrapping of all',
      ...ending,
    },
  ];
}

/** While a gateway has the register, or its key is not here. */
export function registerUnseen(why: string): Leftover {
  return { store: 'register', count: null, unit: 'rows', ending: 'run', how: why };
}
