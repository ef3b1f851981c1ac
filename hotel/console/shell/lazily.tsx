/** A component whose code comes when it is shown first. */
import type { ComponentType, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { SHELL } from '../words/shell.ts';

type Load<P> = () => Promise<{ readonly default: ComponentType<P> }>;
const loaded = new WeakMap<object, unknown>();

export function Lazily<P extends object>({
  load,
  with: props,
  quiet = false,
}: {
  readonly load: Load<P>;
  readonly with: P & JSX.IntrinsicAttributes;
  /** Nothing is shown meanwhile. */
  readonly quiet?: boolean;
}) {
  const [, setTurn] = useState(0);
  const [failed, setFailed] = useState<unknown>(null);
  const Shown = loaded.get(load) as ComponentType<P> | undefined;
  useEffect(() => {
    if (loaded.has(load)) return;
    load().then(
      (module) => {
        loaded.set(load, module.default);
        setTurn((turn) => turn + 1);
      },
      (cause: unknown) => setFailed(cause),
    );
  }, [load]);
  if (failed !== null) throw failed;
  if (Shown === undefined) return quiet ? null : <p class="muted">{SHELL.loading}</p>;
  return <Shown {...props} />;
}
