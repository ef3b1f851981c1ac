/** `onecard desk operator reset`: a new one-time password for whoever is locked out. */
import { Command } from 'commander';
import { Accounts } from '../../hotel/people/accounts.ts';
import { Argon2Queue, PASSWORD_COST } from '../../hotel/people/argon2.ts';
import { readAuditKey } from '../../hotel/people/audit-key.ts';
import { passwordKey } from '../../hotel/people/password-key.ts';
import { drawOneTimePassword } from '../../hotel/people/password-rules.ts';
import { leaveReset } from '../../hotel/people/reset-request.ts';
import { existing } from '../data-folder.ts';
import { UnusableError } from '../unusable.ts';
import {
  addDeskOptions,
  type DeskOptions,
  deskPlace,
  explained,
  keyEncryptionKeyOf,
} from './desk-settings.ts';

const HELP = `
For whoever cannot ask a manager: the last manager, above all. The account is enabled, its passkeys and sessions end, and the
password has to be changed before anything else. A running gateway takes it with the next attempt to sign in; nothing is
stopped. The audit log names it.

Example:
  $ onecard desk operator reset manager --config gateway.json`;

export function operatorCommand(): Command {
  return new Command('operator').description('Accounts of operators.').addCommand(
    addDeskOptions(new Command('reset'))
      .description('Give an account a new one-time password.')
      .argument('<account>', 'its name')
      .addHelpText('after', HELP)
      .action((name: string, options: DeskOptions) =>
        explained('operator reset', async () => {
          const place = deskPlace(options);
          const { folder } = place;
          const { profile } = place.settings.crypto;
          existing(folder, 'hotel desk');
          const argon2 = new Argon2Queue();
          const auditKey = await readAuditKey(folder, await keyEncryptionKeyOf(place));
          if (auditKey === null)
            throw new UnusableError(`${folder} holds no key of the audit log: start the desk once`);
          const macKey = passwordKey(auditKey);
          const accounts = new Accounts({
            ...{ folder, argon2, cost: PASSWORD_COST, profile, macKey, now: () => Date.now() },
          });
          const account = name.trim().toLowerCase();
          if (accounts.get(account) === null) {
            const all = accounts.all().map((each) => each.account);
            throw new UnusableError(
              `there is no account ${JSON.stringify(name)}; there are: ${all.join(', ')}`,
            );
          }
          const password = drawOneTimePassword();
          leaveReset(folder, { account, passwordHash: await accounts.hash(password) });
          console.log(`one-time password of ${account}: ${password}`);
          console.log('it is said this once, is good for three days, and is changed at the first sign-in');
        }),
      ),
  );
}
