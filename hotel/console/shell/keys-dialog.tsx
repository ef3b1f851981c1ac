/** What the keys do, here and now. */
import { Dialog } from '../components/dialog.tsx';
import { SHELL } from '../words/shell.ts';
import { bindings } from './keys.ts';

export function KeysDialog({ onClose }: { readonly onClose: () => void }) {
  const shown = bindings.value.filter(
    ({ keys }, at, all) => all.findIndex((each) => each.keys === keys) === at,
  );
  return (
    <Dialog title={SHELL.keysTitle} onClose={onClose}>
      <p>{SHELL.keysHint}</p>
      <table>
        <thead>
          <tr>
            <th scope="col">{SHELL.key}</th>
            <th scope="col">{SHELL.does}</th>
          </tr>
        </thead>
        <tbody>
          {shown
            .toSorted((a, b) => (a.keys < b.keys ? -1 : 1))
            .map(({ keys, words }) => (
              <tr key={keys}>
                <td>
                  <kbd>{keys}</kbd>
                </td>
                <td>{words()}</td>
              </tr>
            ))}
        </tbody>
      </table>
      <form method="dialog">
        <button type="submit" class="main">
          {SHELL.close}
        </button>
      </form>
    </Dialog>
  );
}
