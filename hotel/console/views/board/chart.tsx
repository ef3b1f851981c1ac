/** Lines over time, drawn by uPlot, whose code comes when the first chart is shown. Beside it stands a table with the same. */
import { useEffect, useRef } from 'preact/hooks';
import type uPlot from 'uplot';
import { languageTag } from '../../shell/language.ts';
import { theme } from '../../shell/theme.ts';

export interface Line {
  readonly label: string;
  /** Name of a colour of `tokens.css`. */
  readonly colour: string;
  /** Beside colour, so that lines can be told apart without it. */
  readonly dash?: readonly number[];
  readonly values: readonly (number | null)[];
}

export interface ChartProps {
  /** Seconds since 1970. */
  readonly times: readonly number[];
  readonly lines: readonly Line[];
}

const HEIGHT_PX = 200;

export function Chart({ times, lines }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const data = [[...times], ...lines.map(({ values }) => [...values])] as uPlot.AlignedData;
  const newest = useRef(data);
  newest.current = data;
  const look = `${theme.value} ${languageTag()} ${lines.map(({ label }) => label).join()}`;
  // Made anew when its look changes; new values are given to it below.
  useEffect(() => {
    const { current } = box;
    if (current === null) return;
    let gone = false;
    const resized = new ResizeObserver(() =>
      plot.current?.setSize({ width: current.clientWidth, height: HEIGHT_PX }),
    );
    void Promise.all([import('uplot'), import('uplot/dist/uPlot.min.css')]).then(([{ default: Plot }]) => {
      if (gone) return;
      plot.current = new Plot(optionsOf(current, lines), newest.current, current);
      resized.observe(current);
    });
    return () => {
      gone = true;
      resized.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [look]);
  useEffect(() => plot.current?.setData(data));
  return <div class="chart" ref={box} aria-hidden="true" />;
}

function optionsOf(box: HTMLElement, lines: readonly Line[]): uPlot.Options {
  const style = getComputedStyle(box);
  // A colour of both themes at once is worked out by the browser alone.
  const probe = document.createElement('span');
  box.append(probe);
  const colour = (name: string) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const axis = {
    stroke: colour('muted'),
    grid: { stroke: colour('line'), width: 1 },
    ticks: { stroke: colour('line'), width: 1 },
    font: `12px ${style.fontFamily}`,
  };
  const clock = new Intl.DateTimeFormat(languageTag(), { hour: '2-digit', minute: '2-digit' });
  const options: uPlot.Options = {
    width: box.clientWidth,
    height: HEIGHT_PX,
    legend: { show: false },
    cursor: { show: false },
    scales: { y: { range: (_plot, _min, max) => [0, Math.max(1, max * 1.1)] } },
    axes: [{ ...axis, values: (_plot, times) => times.map((time) => clock.format(time * 1_000)) }, axis],
    series: [
      {},
      ...lines.map(({ label, colour: name, dash }) => ({
        label,
        stroke: colour(name),
        width: 2,
        points: { show: false },
        ...(dash && { dash: [...dash] }),
      })),
    ],
  };
  probe.remove();
  return options;
}
