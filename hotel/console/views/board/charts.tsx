/** The two charts of the board, each with a table of the same by the minute. */
import type { BoardPointView } from '../../../core/board-view.ts';
import { clockTime } from '../../components/said-times.ts';
import { Chart, type Line } from './chart.tsx';
import { Scrolling } from './scrolling.tsx';
import { BOARD } from './words.ts';

export const figure = (value: number | null | undefined): string =>
  value == null ? BOARD.none : value >= 100 ? String(Math.round(value)) : String(value);

const ofClass = ({ classes }: BoardPointView, name: string) => classes.find((each) => each.class === name);

export function Charts({ history }: { readonly history: readonly BoardPointView[] }) {
  const times = history.map(({ at_ms }) => at_ms / 1_000);
  const rates = (name: string) => history.map((point) => ofClass(point, name)?.taps_per_s ?? 0);
  const gate = (key: 'p50_ms' | 'p99_ms') => history.map((point) => ofClass(point, 'gate')?.[key] ?? null);
  return (
    <div class="board-charts">
      <Figure
        title={BOARD.tapsChart}
        times={times}
        lines={[
          { label: BOARD.gate, colour: 'accent', values: rates('gate') },
          { label: BOARD.desk, colour: 'good', dash: [6, 3], values: rates('desk') },
        ]}
      />
      <Figure
        title={BOARD.latencyChart}
        times={times}
        lines={[
          { label: BOARD.p50, colour: 'accent', values: gate('p50_ms') },
          { label: BOARD.p99, colour: 'refer', dash: [6, 3], values: gate('p99_ms') },
        ]}
      />
    </div>
  );
}

interface FigureProps {
  readonly title: string;
  readonly times: readonly number[];
  readonly lines: readonly Line[];
}

function Figure({ title, times, lines }: FigureProps) {
  const minutes = byMinute(times, lines);
  return (
    <figure class="card">
      <figcaption>
        <h2>{title}</h2>
        <ul class="legend">
          {lines.map(({ label, colour, dash }) => (
            <li key={label}>
              <span class={`swatch ${colour}${dash ? ' dashed' : ''}`} aria-hidden="true" />
              {label}
            </li>
          ))}
        </ul>
      </figcaption>
      <Chart times={times} lines={lines} />
      <details>
        <summary>{BOARD.perMinute}</summary>
        <Scrolling title={title}>
          <table>
            <caption class="aloud">{title}</caption>
            <thead>
              <tr>
                <th scope="col">{BOARD.time}</th>
                {lines.map(({ label }) => (
                  <th key={label} scope="col" class="figure">
                    {label}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {minutes.map(({ atMs, values }) => (
                <tr key={atMs}>
                  <th scope="row">{clockTime(atMs)}</th>
                  {values.map((value, index) => (
                    <td key={lines[index]?.label} class="figure">
                      {figure(value)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </Scrolling>
      </details>
    </figure>
  );
}

/** The mean of each minute, the newest first. */
function byMinute(times: readonly number[], lines: readonly Line[]) {
  const minutes = [...new Set(times.map((time) => Math.floor(time / 60)))].reverse();
  return minutes.map((minute) => ({
    atMs: minute * 60_000,
    values: lines.map(({ values }) => {
      const known = values.filter(
        (value, index): value is number => value !== null && Math.floor((times[index] ?? 0) / 60) === minute,
      );
      if (known.length === 0) return null;
      return Math.round((known.reduce((sum, value) => sum + value, 0) / known.length) * 100) / 100;
    }),
  }));
}
