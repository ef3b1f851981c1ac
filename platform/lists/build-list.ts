/** Builds list files of a city's cards, giving way to other work while it goes on. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ListBuilder, type ListBuilderOptions } from '../../lists/list-builder.ts';
import { CARDS_PER_TURN, type CredentialStatus } from '../cards/ledger.ts';

/** A builder that holds all credentials there are; those in no state are left out. */
export async function filledBuilder(
  options: ListBuilderOptions,
  cards: Iterable<readonly CredentialStatus[]>,
): Promise<ListBuilder> {
  const builder = new ListBuilder(options);
  let taken = 0;
  for (const credentials of cards) {
    for (const { issuer, credentialId, state, entitlements } of credentials) {
      if (state !== 'unknown') builder.add(issuer, credentialId, state, entitlements);
    }
    taken += 1;
    if (taken % CARDS_PER_TURN === 0) await nextTurn();
  }
  return builder;
}
