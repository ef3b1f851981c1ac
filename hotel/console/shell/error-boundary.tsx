/** A view that fails takes no other along, and says so. */
import { Component, type ComponentChildren } from 'preact';
import { SHELL } from '../words/shell.ts';

interface Props {
  readonly children: ComponentChildren;
}
interface State {
  readonly failed: string | null;
}

export class ErrorBoundary extends Component<Props, State> {
  override state: State = { failed: null };

  static override getDerivedStateFromError(cause: unknown): State {
    return { failed: cause instanceof Error ? cause.name : 'Error' };
  }

  override render() {
    const { failed } = this.state;
    if (failed === null) return this.props.children;
    return (
      <div class="card" role="alert">
        <h1>{SHELL.failed}</h1>
        <p>{SHELL.failedNext}</p>
        <p class="muted number">{failed}</p>
        <div class="row">
          <button type="button" class="main" onClick={() => location.reload()}>
            {SHELL.reload}
          </button>
        </div>
      </div>
    );
  }
}
