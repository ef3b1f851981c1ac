/** A scanner that types, wherever the focus is: what it typed into a field meanwhile is taken out of it again. */
import { useEffect, useRef } from 'preact/hooks';
import { GAP_MAX_MS, judgeTyping, SILENCE_MS, type Stroke, type Typed } from '../../../input/typed-code.ts';

/** From here on a run is held back from the field: no person is this quick. */
const HELD_BACK_FROM = 6;
const KEY_OF_INPUT_METHOD = 229;
/** Keys that are no character and end nothing. */
const BESIDE = new Set(['Shift', 'CapsLock', 'Alt', 'AltGraph', 'Control', 'Meta']);

type Editable = HTMLInputElement | HTMLTextAreaElement;

/** `seenAt`: of the first stroke. */
export function useTyping(
  onTyped: (typed: Exclude<Typed, { kind: 'person' }>, seenAt: number) => void,
): void {
  const latest = useRef(onTyped);
  latest.current = onTyped;
  useEffect(() => {
    const run = new Run((typed, seenAt) => latest.current(typed, seenAt));
    const key = (event: KeyboardEvent) => run.key(event);
    const composed = (event: CompositionEvent) => run.stroke(event.data.slice(-1), event.timeStamp, true);
    addEventListener('keydown', key, { capture: true });
    addEventListener('compositionupdate', composed, { capture: true });
    return () => {
      run.drop();
      removeEventListener('keydown', key, { capture: true });
      removeEventListener('compositionupdate', composed, { capture: true });
    };
  }, []);
}

class Run {
  readonly #tell: (typed: Exclude<Typed, { kind: 'person' }>, seenAt: number) => void;
  #strokes: Stroke[] = [];
  #field: { readonly element: Editable; readonly before: string } | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(tell: (typed: Exclude<Typed, { kind: 'person' }>, seenAt: number) => void) {
    this.#tell = tell;
  }

  key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || BESIDE.has(event.key)) return;
    const isComposing = event.isComposing || event.keyCode === KEY_OF_INPUT_METHOD;
    if (event.key === 'Enter' || event.key === 'Tab') {
      if (this.#end()) {
        event.preventDefault();
        event.stopPropagation();
      }
      return;
    }
    if (!isComposing && [...event.key].length !== 1) return;
    this.stroke(isComposing ? '' : event.key, event.timeStamp, isComposing);
    if (
      !isComposing &&
      this.#strokes.length > HELD_BACK_FROM &&
      judgeTyping(padded(this.#strokes)).kind === 'code'
    ) {
      event.preventDefault();
      event.stopPropagation();
    }
  }

  stroke(text: string, atMs: number, isComposing: boolean): void {
    const last = this.#strokes.at(-1);
    if (last !== undefined && atMs - last.atMs > GAP_MAX_MS) this.drop();
    if (this.#strokes.length === 0) this.#field = fieldOf(document.activeElement);
    this.#strokes.push({ text, atMs, isComposing });
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#end(), SILENCE_MS);
  }

  drop(): void {
    clearTimeout(this.#timer);
    this.#strokes = [];
    this.#field = null;
  }

  /** Whether it was a scanner. */
  #end(): boolean {
    const typed = judgeTyping(this.#strokes);
    const [first] = this.#strokes;
    const field = this.#field;
    this.drop();
    if (typed.kind === 'person' || first === undefined) return false;
    if (field !== null) putBack(field);
    this.#tell(typed, first.atMs);
    return true;
  }
}

/** As if it were long enough: whether it looks like a scanner so far. */
const padded = (strokes: readonly Stroke[]): Stroke[] => {
  const [first] = strokes;
  const before = Array.from({ length: 6 }, (_, index) => ({
    text: ' ',
    atMs: (first?.atMs ?? 0) - (6 - index),
    isComposing: false,
  }));
  return [...before, ...strokes];
};

function fieldOf(element: Element | null): { element: Editable; before: string } | null {
  return element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement
    ? { element, before: element.value }
    : null;
}

function putBack({ element, before }: { readonly element: Editable; readonly before: string }): void {
  if (element.value === before) return;
  element.value = before;
  element.dispatchEvent(new Event('input', { bubbles: true }));
}
