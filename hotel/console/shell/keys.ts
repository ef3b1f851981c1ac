/**
 * Keys of the console. All of them have Alt, or are function keys: a scanner types letters and digits, and must set nothing off
 * (also WCAG 2.2, 2.1.4).
 */
import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';

export interface Binding {
  /** `Alt+` and a KeyboardEvent.code without `Key` or `Digit` (`Alt+1`, `Alt+N`, `Alt+Enter`), or `F1` to `F12`. */
  readonly keys: string;
  /** What it does, in the language of now. */
  readonly words: () => string;
  readonly run: () => void;
}

const bound = signal<readonly Binding[]>([]);
/** Those that do something now, latest first. */
export const bindings = bound;

addEventListener('keydown', (event) => {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const name = event.code.replace(/^(Key|Digit|Numpad(?=\d))/, '');
  const keys = event.altKey ? `Alt+${name}` : name;
  const binding = bound.value.find((each) => each.keys === keys);
  if (binding === undefined) return;
  event.preventDefault();
  if (!event.repeat) binding.run();
});

/** Bound while the component is there. A later binding of the same keys goes before an earlier one. */
export function useKeys(wanted: readonly Binding[]): void {
  const latest = useRef(wanted);
  latest.current = wanted;
  const names = wanted.map(({ keys }) => keys).join(' ');
  useEffect(() => {
    const mine = latest.current.map(({ keys }) => ({
      keys,
      words: () => latest.current.find((each) => each.keys === keys)?.words() ?? '',
      run: () => latest.current.find((each) => each.keys === keys)?.run(),
    }));
    bound.value = [...mine, ...bound.value];
    return () => {
      bound.value = bound.value.filter((each) => !mine.includes(each));
    };
  }, [names]);
}
