/** Who is here today, numbers masked; and the search, whose rows are confirmed before anything is done with them. */
import { useEffect, useState } from 'preact/hooks';
import type { GuestAnswer } from '../../client/answers.ts';
import { useLastAsked } from '../../client/last-asked.ts';
import type { Problem } from '../../client/problem.ts';
import { ProblemNote } from '../../components/problem-note.tsx';
import { dayAndTime } from '../../components/said-times.ts';
import { announce } from '../../shell/announce.tsx';
import { useKeys } from '../../shell/keys.ts';
import { GUESTS } from '../../words/guests.ts';
import { SHELL } from '../../words/shell.ts';
import { GuestDialog } from './guest-dialog.tsx';
import { GuestState } from './guest-state.tsx';
import { Search } from './search.tsx';

type Filter = '' | 'referred' | 'held';
interface Page {
  readonly guests: readonly GuestAnswer[];
  /** Cursor of the next page; null: there is none. */
  readonly after: string | null;
}

export default function Guests() {
  const [filter, setFilter] = useState<Filter>('');
  const [rows, setRows] = useState<readonly GuestAnswer[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [found, setFound] = useState<readonly GuestAnswer[] | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [opened, setOpened] = useState<GuestAnswer | null>(null);
  const ask = useLastAsked();
  const load = async (after: string | null) => {
    const answer = await ask<Page>(pathOf(filter, after));
    if (answer === null) return;
    setProblem(answer.ok ? null : answer.problem);
    if (!answer.ok) return;
    setRows((before) => [...(after === null ? [] : (before ?? [])), ...answer.value.guests]);
    setNext(answer.value.after);
  };
  useEffect(() => {
    setRows(null);
    void load(null);
  }, [filter]);
  useKeys([{ keys: 'Alt+R', words: () => GUESTS.refresh, run: () => void load(null) }]);
  const isSearch = found !== null;
  const shown = found ?? rows ?? [];
  return (
    <>
      <h1>{GUESTS.title}</h1>
      <Search
        onFound={(guests) => {
          setFound(guests);
          announce(GUESTS.found(guests.length));
        }}
      />
      <ProblemNote problem={problem} />
      <div class="row">
        {isSearch ? (
          <button type="button" onClick={() => setFound(null)}>
            {GUESTS.clearSearch}
          </button>
        ) : (
          <>
            <Filters filter={filter} onFilter={setFilter} />
            <button type="button" onClick={() => void load(null)}>
              {GUESTS.refresh} <kbd>Alt R</kbd>
            </button>
          </>
        )}
      </div>
      {rows === null && !isSearch ? (
        <p class="muted">{SHELL.loading}</p>
      ) : (
        <Rows guests={shown} onOpen={setOpened} />
      )}
      {!isSearch && next !== null && (
        <button type="button" onClick={() => void load(next)}>
          {SHELL.more}
        </button>
      )}
      {opened !== null && (
        <GuestDialog
          guest={opened}
          mustConfirm={isSearch}
          onClose={() => setOpened(null)}
          onChanged={() => {
            setOpened(null);
            setFound(null);
            void load(null);
          }}
        />
      )}
    </>
  );
}

function pathOf(filter: Filter, after: string | null): string {
  const query = new URLSearchParams();
  if (filter === 'held') query.set('state', 'held');
  if (after !== null) query.set('after', after);
  const text = query.toString();
  return `${filter === 'referred' ? '/v1/referred' : '/v1/guests'}${text && `?${text}`}`;
}

function Filters({
  filter,
  onFilter,
}: {
  readonly filter: Filter;
  readonly onFilter: (filter: Filter) => void;
}) {
  const all = [
    ['', GUESTS.all],
    ['referred', GUESTS.referredOnly],
    ['held', GUESTS.heldOnly],
  ] as const;
  return (
    <fieldset class="row plain" aria-label={GUESTS.show}>
      {all.map(([each, words]) => (
        <button key={each} type="button" aria-pressed={filter === each} onClick={() => onFilter(each)}>
          {words}
        </button>
      ))}
    </fieldset>
  );
}

interface RowsProps {
  readonly guests: readonly GuestAnswer[];
  readonly onOpen: (guest: GuestAnswer) => void;
}

function Rows({ guests, onOpen }: RowsProps) {
  if (guests.length === 0) return <p>{GUESTS.nobody}</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways on a phone must be reached by keyboard
    <section class="table" tabIndex={0} aria-label={GUESTS.title}>
      <table class="guests">
        <caption>{GUESTS.caption(guests.length)}</caption>
        <thead>
          <tr>
            <th scope="col">{GUESTS.room}</th>
            <th scope="col">{GUESTS.name}</th>
            <th scope="col">{GUESTS.number}</th>
            <th scope="col">{GUESTS.state}</th>
            <th scope="col">{GUESTS.since}</th>
            <th scope="col">{GUESTS.actions}</th>
          </tr>
        </thead>
        <tbody>
          {guests.map((guest) => (
            <tr key={guest.guest_id} data-guest={guest.guest_id}>
              <td>{guest.room}</td>
              <th scope="row">
                <bdi class="name">{guest.full_name}</bdi>
              </th>
              <td class="number">{guest.document_number_masked}</td>
              <td>
                <GuestState guest={guest} />
              </td>
              <td>{dayAndTime(guest.checked_in_at_ms)}</td>
              <td>
                <button
                  type="button"
                  aria-label={GUESTS.openNamed(guest.full_name)}
                  onClick={() => onOpen(guest)}
                >
                  {GUESTS.open}
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
