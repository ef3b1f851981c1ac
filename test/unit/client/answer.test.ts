/** The client's answers are the gateway's: it has types of its own, since it is installed without the gateway. */
import { expectTypeOf, test } from 'vitest';
import type * as client from '../../../client/answer.ts';
import type * as gateway from '../../../gateway/verification.ts';

test('what a client is given is what a gateway answers', () => {
  // Inside the gateway personal claims are no strings; at the client they are. Whose credential it was is on no wire.
  type Written = Omit<gateway.DecisionAnswer, 'shown'>;
  type OnTheWire = Omit<Written, 'disclosed'> & Pick<client.DecisionAnswer, 'disclosed'>;
  expectTypeOf<client.DecisionAnswer>().branded.toEqualTypeOf<OnTheWire>();
  expectTypeOf<keyof client.DecisionAnswer>().toEqualTypeOf<keyof Written>();
  expectTypeOf<client.RefusalAnswer>().toEqualTypeOf<gateway.RefusalAnswer>();
});
