/** The client's answers are the gateway's: it has types of its own, since it is installed without the gateway. */
import { expectTypeOf, test } from 'vitest';
import type * as client from '../../../client/answer.ts';
import type * as gateway from '../../../gateway/verification.ts';

test('what a client is given is what a gateway answers', () => {
  expectTypeOf<client.DecisionAnswer>().toEqualTypeOf<gateway.DecisionAnswer>();
  expectTypeOf<client.RefusalAnswer>().toEqualTypeOf<gateway.RefusalAnswer>();
});
