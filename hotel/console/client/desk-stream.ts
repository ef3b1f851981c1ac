/** What happens at the workplace, as the desk tells it (`GET /v1/desk/stream`); opened anew when it breaks. */
import { effect, signal } from '@preact/signals';
import type { DeskEventName } from '../../http/desk-stream.ts';
import { may, session } from './session.ts';

type Heard = (data: unknown) => void;
const heard = new Map<DeskEventName, Set<Heard>>();
/** Whether the desk's service can be heard now; null: it was not tried. */
export const connected = signal<boolean | null>(null);

const NAMES: readonly DeskEventName[] = [
  'standing',
  'reader',
  'reading',
  'verification',
  'scanned',
  'phone',
  'reports',
];
const AGAIN_MS = 2_000;

/** Called for every such event until what it returns is called. */
export function onDeskEvent<T>(name: DeskEventName, listener: (data: T) => void): () => void {
  const listeners = heard.get(name) ?? new Set();
  heard.set(name, listeners);
  listeners.add(listener as Heard);
  return () => void listeners.delete(listener as Heard);
}

effect(() => {
  const at = session.value;
  if (!at || at.desk === null || at.must_change_password || !may('stays:read')) return;
  let source: EventSource | null = null;
  let again: ReturnType<typeof setTimeout> | undefined;
  const open = () => {
    source = new EventSource('/v1/desk/stream');
    source.onopen = () => {
      connected.value = true;
    };
    source.onerror = () => {
      connected.value = false;
      source?.close();
      again = setTimeout(open, AGAIN_MS);
    };
    for (const name of NAMES) {
      source.addEventListener(name, (event) => tell(name, (event as MessageEvent<string>).data));
    }
  };
  open();
  return () => {
    clearTimeout(again);
    source?.close();
    connected.value = null;
  };
});

function tell(name: DeskEventName, text: string): void {
  try {
    const data: unknown = JSON.parse(text);
    for (const listener of heard.get(name) ?? []) listener(data);
  } catch {
    // A line cut off: the next one is whole.
  }
}
