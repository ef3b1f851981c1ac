/** What a screen reader says without the focus being moved. */
import { signal } from '@preact/signals';

const polite = signal('');
const assertive = signal('');

/** `urgent` interrupts: a result a clerk waits for, a fault. */
export function announce(text: string, urgent = false): void {
  const region = urgent ? assertive : polite;
  // The same words twice are two events: an empty region between them makes them so.
  region.value = '';
  setTimeout(() => {
    region.value = text;
  }, 50);
}

export function LiveRegions() {
  return (
    <div class="aloud">
      <div aria-live="polite" role="status">
        {polite}
      </div>
      <div aria-live="assertive" role="alert">
        {assertive}
      </div>
    </div>
  );
}
