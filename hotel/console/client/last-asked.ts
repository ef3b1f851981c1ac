/** A view shows what it asked for last, in whatever order the answers come. */
import { useRef } from 'preact/hooks';
import { type Answer, get } from './api.ts';

/** Like `get`; null where the view has asked for something else meanwhile: the answer is no longer wanted. */
export function useLastAsked() {
  const asked = useRef(0);
  return async <Value>(path: string): Promise<Answer<Value> | null> => {
    asked.current += 1;
    const mine = asked.current;
    const answer = await get<Value>(path);
    return mine === asked.current ? answer : null;
  };
}
