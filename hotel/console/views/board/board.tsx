/** The board of operators: how the gateway runs now, and a quarter of an hour back. */
import { useEffect, useRef } from 'preact/hooks';
import type { Board } from '../../../core/board-view.ts';
import { clockTime, span } from '../../components/said-times.ts';
import { Note, Pill, type Tone } from '../../components/sign.tsx';
import { announce } from '../../shell/announce.tsx';
import { languageTag } from '../../shell/language.ts';
import { SHELL } from '../../words/shell.ts';
import { Charts, figure } from './charts.tsx';
import './board.css';
import { Scrolling } from './scrolling.tsx';
import { useBoard } from './use-board.ts';
import { BOARD } from './words.ts';

const TONES = { live: 'good', lists: 'plain', stale: 'refer', closed: 'bad' } as const satisfies Record<
  Board['mode'],
  Tone
>;
const OUTCOMES = { allow: 'good', refer: 'refer', deny: 'bad' } as const satisfies Record<string, Tone>;

const whole = (value: number) => new Intl.NumberFormat(languageTag()).format(value);

export default function OperatorBoard() {
  const { board, connected } = useBoard();
  const before = useRef(board?.mode);
  useEffect(() => {
    if (board !== null && before.current !== undefined && before.current !== board.mode)
      announce(`${BOARD.mode}: ${BOARD[board.mode]}`, true);
    before.current = board?.mode;
  });
  return (
    <div class="stack" data-board={board === null ? 'waiting' : 'shown'}>
      <h1>{BOARD.title}</h1>
      {!connected && <Note tone="bad">{BOARD.gone}</Note>}
      {board === null ? connected && <p class="muted">{SHELL.loading}</p> : <Shown board={board} />}
    </div>
  );
}

function Shown({ board }: { readonly board: Board }) {
  return (
    <>
      <div class="board-top">
        <section class="card" aria-label={BOARD.mode}>
          <h2>{BOARD.mode}</h2>
          <p>
            <Pill tone={TONES[board.mode]}>{BOARD[board.mode]}</Pill>
          </p>
          <dl class="facts">
            <dt>{BOARD.since(clockTime(board.mode_since_ms))}</dt>
            <dd>{span(Math.max(0, board.now_ms - board.mode_since_ms))}</dd>
            <dt>{BOARD.outbox}</dt>
            <dd class="number">{whole(board.outbox_waiting)}</dd>
            <dt>{BOARD.queued}</dt>
            <dd class="number">{whole(board.queued)}</dd>
          </dl>
        </section>
        <Now classes={board.classes} />
        <Gates gates={board.gates} />
      </div>
      <Charts history={board.history} />
      <div class="board-top">
        <Decided decided={board.decided} />
        <Lists lists={board.lists} />
      </div>
    </>
  );
}

function Now({ classes }: Pick<Board, 'classes'>) {
  const names = { gate: BOARD.gate, desk: BOARD.desk, batch: BOARD.batch };
  return (
    <section class="card">
      <h2>{BOARD.now}</h2>
      <Scrolling title={BOARD.now}>
        <table>
          <caption class="aloud">{BOARD.now}</caption>
          <thead>
            <tr>
              <th scope="col">{BOARD.kind}</th>
              {[BOARD.rate, BOARD.p50, BOARD.p90, BOARD.p99].map((title) => (
                <th key={title} scope="col" class="figure">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {classes.map(({ class: name, taps_per_s, p50_ms, p90_ms, p99_ms }) => (
              <tr key={name} data-class={name}>
                <th scope="row">{names[name as keyof typeof names] ?? name}</th>
                <td class="figure">{figure(taps_per_s)}</td>
                <td class="figure">{figure(p50_ms)}</td>
                <td class="figure">{figure(p90_ms)}</td>
                <td class="figure">{figure(p99_ms)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scrolling>
    </section>
  );
}

function Gates({ gates: { up, down } }: Pick<Board, 'gates'>) {
  return (
    <section class="card">
      <h2>{BOARD.gates}</h2>
      <p class="row">
        <Pill tone="good">{BOARD.up(up.count)}</Pill>
        <Pill tone={down.count > 0 ? 'bad' : 'plain'}>{BOARD.down(down.count)}</Pill>
      </p>
      {down.count > 0 && <Names title={BOARD.downNames} open {...down} />}
      {up.count > 0 && <Names title={BOARD.upNames} {...up} />}
    </section>
  );
}

interface NamesProps {
  readonly title: string;
  readonly count: number;
  readonly names: readonly string[];
  readonly open?: boolean;
}

function Names({ title, count, names, open = false }: NamesProps) {
  const more = count - names.length;
  return (
    <details open={open}>
      <summary>{title}</summary>
      <p class="number names">
        {names.join(', ')}
        {more > 0 && ` ${BOARD.more(more)}`}
      </p>
    </details>
  );
}

function Decided({ decided }: Pick<Board, 'decided'>) {
  const sum = (outcome: string) =>
    decided.filter((each) => each.outcome === outcome).reduce((all, { count }) => all + count, 0);
  const denied = decided.filter(({ outcome }) => outcome !== 'allow');
  return (
    <section class="card">
      <h2>{BOARD.decided}</h2>
      <p class="row">
        {(['allow', 'refer', 'deny'] as const).map((outcome) => (
          <Pill key={outcome} tone={OUTCOMES[outcome]}>
            {BOARD[outcome]} {whole(sum(outcome))}
          </Pill>
        ))}
      </p>
      {denied.length === 0 ? (
        <p class="muted">{BOARD.noDenials}</p>
      ) : (
        <Scrolling title={BOARD.denials}>
          <table>
            <caption>{BOARD.denials}</caption>
            <thead>
              <tr>
                <th scope="col">{BOARD.code}</th>
                <th scope="col">{BOARD.outcome}</th>
                <th scope="col" class="figure">
                  {BOARD.count}
                </th>
              </tr>
            </thead>
            <tbody>
              {denied.map(({ code, outcome, count }) => (
                <tr key={code}>
                  <th scope="row" class="number">
                    {code}
                  </th>
                  <td>{BOARD[outcome]}</td>
                  <td class="figure">{whole(count)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scrolling>
      )}
    </section>
  );
}

function Lists({ lists }: Pick<Board, 'lists'>) {
  return (
    <section class="card">
      <h2>{BOARD.namedLists}</h2>
      <Scrolling title={BOARD.namedLists}>
        <table>
          <caption class="aloud">{BOARD.namedLists}</caption>
          <thead>
            <tr>
              <th scope="col">{BOARD.list}</th>
              <th scope="col">{BOARD.age}</th>
              <th scope="col" class="figure">
                {BOARD.cards}
              </th>
            </tr>
          </thead>
          <tbody>
            {lists.map(({ name, age_ms, cards }) => (
              <tr key={name}>
                <th scope="row" class="number">
                  {name}
                </th>
                <td>{span(age_ms)}</td>
                <td class="figure">{whole(cards)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scrolling>
    </section>
  );
}
