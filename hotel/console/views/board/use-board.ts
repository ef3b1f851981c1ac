/** The board as it comes, a reading a second; opened anew when it breaks. */
import { useEffect, useState } from 'preact/hooks';
import type { Board, BoardNow, BoardPointView } from '../../../core/board-view.ts';

const AGAIN_MS = 2_000;
/** A quarter of an hour, a point each five seconds. */
const POINTS_MAX = 180;

export interface BoardShown {
  readonly board: Board | null;
  /** Whether readings arrive. */
  readonly connected: boolean;
}

export function useBoard(): BoardShown {
  const [shown, setShown] = useState<BoardShown>({ board: null, connected: true });
  useEffect(() => {
    let source: EventSource | null = null;
    let again: ReturnType<typeof setTimeout> | undefined;
    const open = () => {
      source = new EventSource('/v1/board/stream');
      source.addEventListener('history', ({ data }: MessageEvent<string>) =>
        setShown({ board: JSON.parse(data) as Board, connected: true }),
      );
      source.addEventListener('board', ({ data }: MessageEvent<string>) => {
        const now = JSON.parse(data) as BoardNow;
        setShown(({ board }) => ({
          board: { ...now, history: extended(board?.history ?? [], now.newest_point) },
          connected: true,
        }));
      });
      source.onerror = () => {
        source?.close();
        setShown(({ board }) => ({ board, connected: false }));
        again = setTimeout(open, AGAIN_MS);
      };
    };
    open();
    return () => {
      clearTimeout(again);
      source?.close();
    };
  }, []);
  return shown;
}

function extended(history: readonly BoardPointView[], newest: BoardPointView | null): BoardPointView[] {
  const last = history.at(-1);
  if (newest === null || (last !== undefined && newest.at_ms <= last.at_ms)) return [...history];
  return [...history, newest].slice(-POINTS_MAX);
}
