/** Readers that are paired with the workplaces, and a code for another. */
import { useEffect, useState } from 'preact/hooks';
import { get, post } from '../../client/api.ts';
import { onDeskEvent } from '../../client/desk-stream.ts';
import type { Problem } from '../../client/problem.ts';
import { Dialog } from '../../components/dialog.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { Note, Pill } from '../../components/sign.tsx';
import type { PairingAnswer, ReaderAnswer } from './reader-answers.ts';
import './readers.css';
import { READERS } from './words.ts';

export default function Readers() {
  const [readers, setReaders] = useState<readonly ReaderAnswer[] | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [pairing, setPairing] = useState<PairingAnswer | null>(null);
  const [removing, setRemoving] = useState<ReaderAnswer | null>(null);

  const load = async () => {
    const answer = await get<{ readonly readers: readonly ReaderAnswer[] }>('/v1/readers');
    if (answer.ok) setReaders(answer.value.readers);
    else setProblem(answer.problem);
  };
  useEffect(() => {
    void load();
    return onDeskEvent('reader', () => void load());
  }, []);
  const pair = async () => {
    setProblem(null);
    const answer = await post<PairingAnswer>('/v1/readers/pairings');
    if (answer.ok) setPairing(answer.value);
    else setProblem(answer.problem);
  };
  const remove = async (reader: ReaderAnswer) => {
    setRemoving(null);
    const answer = await post(`/v1/readers/${reader.reader_id}/remove`);
    setProblem(answer.ok ? null : answer.problem);
    await load();
  };
  return (
    <div class="stack">
      <h1>{READERS.list}</h1>
      <p>{READERS.pairAbout}</p>
      <div class="row">
        <button type="button" class="main" onClick={() => void pair()}>
          {pairing === null ? READERS.pair : READERS.pairAgain}
        </button>
      </div>
      <ProblemNote problem={problem} />
      {pairing !== null && <Code pairing={pairing} />}
      {readers?.length === 0 && <p class="muted">{READERS.none}</p>}
      {readers !== null && readers.length > 0 && <List readers={readers} onRemove={setRemoving} />}
      {removing !== null && (
        <Dialog title={READERS.sure} onClose={() => setRemoving(null)}>
          <p>
            <strong>{removing.name}</strong>
          </p>
          <p>{READERS.sureAbout}</p>
          <div class="row">
            <button type="button" class="main" onClick={() => void remove(removing)}>
              {READERS.remove}
            </button>
            <button type="button" onClick={() => setRemoving(null)}>
              {READERS.keep}
            </button>
          </div>
        </Dialog>
      )}
    </div>
  );
}

function Code({ pairing: { code, desk } }: { readonly pairing: PairingAnswer }) {
  return (
    <div role="status">
      <Note tone="plain">
        <p>{READERS.code}</p>
        <p class="pairing-code" data-code={code}>
          {code.slice(0, 4)}-{code.slice(4)}
        </p>
        <p>{READERS.forDesk(desk)}</p>
        <p>
          <code class="pairing-command">
            onecard reader pair --desk {location.origin} --code {code}
          </code>
        </p>
      </Note>
    </div>
  );
}

interface ListProps {
  readonly readers: readonly ReaderAnswer[];
  readonly onRemove: (reader: ReaderAnswer) => void;
}

function List({ readers, onRemove }: ListProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <section class="table" tabIndex={0} aria-label={READERS.list}>
      <table>
        <thead>
          <tr>
            <th scope="col">{READERS.name}</th>
            <th scope="col">{READERS.desk}</th>
            <th scope="col">{READERS.state}</th>
            <th scope="col">{READERS.devices}</th>
            <th scope="col">{READERS.action}</th>
          </tr>
        </thead>
        <tbody>
          {readers.map((reader) => (
            <tr key={reader.reader_id}>
              <th scope="row">{reader.name}</th>
              <td>{reader.desk}</td>
              <td>
                <Pill tone={reader.connected ? 'good' : 'bad'}>
                  {reader.connected ? READERS.connected : READERS.offline}
                </Pill>
              </td>
              <td>{reader.slots.map(({ name }) => name).join(', ') || READERS.noDevice}</td>
              <td>
                <button
                  type="button"
                  aria-label={READERS.removeNamed(reader.name)}
                  onClick={() => onRemove(reader)}
                >
                  {READERS.remove}
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
