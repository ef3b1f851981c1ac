/** A table that is too wide for its place scrolls, and is reached by keyboard for that. */
import type { ComponentChildren } from 'preact';

export function Scrolling({
  title,
  children,
}: {
  readonly title: string;
  readonly children: ComponentChildren;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
    <section class="table" tabIndex={0} aria-label={title}>
      {children}
    </section>
  );
}
