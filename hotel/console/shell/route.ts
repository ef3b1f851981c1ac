/** Where the console is: the part of the address after `#/`. It holds names of views and ids, never anything of a person. */
import { computed, signal } from '@preact/signals';

const read = () => location.hash.replace(/^#\/?/, '');
const address = signal(read());
addEventListener('hashchange', () => {
  address.value = read();
});

export interface Route {
  /** Of the registry; empty: none was asked for. */
  readonly view: string;
  /** What stands behind it: an id. */
  readonly rest: readonly string[];
}

export const route = computed<Route>(() => {
  const [view = '', ...rest] = address.value.split('/').map(decoded);
  return { view, rest };
});

export const hrefOf = (view: string, ...rest: readonly string[]): string =>
  `#/${[view, ...rest].map(encodeURIComponent).join('/')}`;

export function go(view: string, ...rest: readonly string[]): void {
  location.hash = hrefOf(view, ...rest);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}
