/** What is said once, and what ends somebody's session: neither goes by with one key too many. */
import { Dialog } from '../../components/dialog.tsx';
import { ACCOUNTS } from './words.ts';

export interface Once {
  readonly words: string;
  readonly secret: string;
}

export function OnceDialog({ once, onClose }: { readonly once: Once; readonly onClose: () => void }) {
  return (
    <Dialog title={ACCOUNTS.once} onClose={onClose}>
      <p>{once.words}</p>
      <p>
        <output class="secret" data-once>
          <code>{once.secret}</code>
        </output>
      </p>
      <div class="row">
        <button type="button" class="main" onClick={onClose}>
          {ACCOUNTS.close}
        </button>
      </div>
    </Dialog>
  );
}

export interface Sure {
  readonly what: string;
  readonly whom: string;
  readonly run: () => Promise<void>;
}

export function SureDialog({ sure, onClose }: { readonly sure: Sure; readonly onClose: () => void }) {
  return (
    <Dialog title={ACCOUNTS.sure} onClose={onClose}>
      <p>{ACCOUNTS.sureAbout(sure.what, sure.whom)}</p>
      <div class="row">
        <button type="button" onClick={onClose}>
          {ACCOUNTS.no}
        </button>
        <button
          type="button"
          class="danger"
          onClick={() => {
            onClose();
            void sure.run();
          }}
        >
          {ACCOUNTS.yes}
        </button>
      </div>
    </Dialog>
  );
}
