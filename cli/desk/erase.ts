/** `onecard desk erase`: destroys all rows of guests who ask for it. */
import { Command } from 'commander';
import { erasableRows, eraseWithProof } from '../../hotel/register/keeping/erasure.ts';
import { startProgress } from '../progress.ts';
import { UnusableError } from '../unusable.ts';
import { digestText, TERMINAL, withAudit } from './desk-audit.ts';
import { addDeskOptions, type DeskOptions, explained, withRegister } from './desk-settings.ts';

const HELP = `
Guests are named by their ids, which the console and GET /v1/guests show. What else is kept for the same days is sealed anew, and the
keys they shared are destroyed. The audit log keeps the ids, the reason, and SHA-256 of the keys. Not while a guest is in the house,
or a report is not accepted yet.

Example:
  $ onecard desk erase 0mi9-4f --reason "request 17/2027" --config gateway.json`;

const WHY = {
  not_found: 'there is no such guest',
  not_over: 'the guest is still in the house, or a report is not accepted yet',
} as const;

interface EraseOptions extends DeskOptions {
  readonly reason: string;
}

export function eraseCommand(): Command {
  return addDeskOptions(new Command('erase'))
    .description('Destroy all rows of guests, at their request.')
    .argument('<guest-id...>', 'ids of guests')
    .requiredOption('--reason <text>', 'why; the audit log keeps it. It names no person')
    .addHelpText('after', HELP)
    .action((guestIds: string[], options: EraseOptions) =>
      explained('erase', () =>
        withRegister(options, 'erase', (register, place) =>
          withAudit(place, async (audit) => {
            const guests = [];
            for (const guestId of new Set(guestIds)) {
              const rows = await erasableRows(register, guestId);
              if (typeof rows === 'string') throw new UnusableError(`${guestId}: ${WHY[rows]}`);
              guests.push(rows);
            }
            const progress = startProgress();
            progress.at(null, 'sealing anew what stays');
            const now = () => Date.now();
            const proofs = await eraseWithProof({ register, audit, now }, guests, {
              actor: TERMINAL,
              reason: options.reason,
            });
            progress.done();
            for (const { guestId, rows } of guests) console.log(`${guestId}: ${rows.length} rows destroyed`);
            for (const { day, keyDigest } of proofs)
              console.log(`${day}: the key with ${digestText(keyDigest)} destroyed`);
          }),
        ),
      ),
    );
}
