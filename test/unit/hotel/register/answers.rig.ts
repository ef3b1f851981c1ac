/** Rows of the register whose content does not matter. */
import type { Put } from '../../../../hotel/register/guest-register.ts';

export function answer(id: string, over: Partial<Put<'answer'>> = {}, body = `body of ${id}`): Put<'answer'> {
  const value = {
    ...{ keyDigest: 'k', bodyDigest: 'b', status: 200, contentType: 'application/json', atMs: 1 },
    body,
  };
  return {
    ...{ table: 'answer', id, expectVersion: null, purgeDay: '2027-03-01', value, indexes: [] },
    ...over,
  };
}
