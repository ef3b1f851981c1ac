/** Search by document number, by name and birth date, or by a part of a name among today's guests. Nothing of it is in a URL. */
import { useState } from 'preact/hooks';
import type { GuestAnswer } from '../../client/answers.ts';
import { post } from '../../client/api.ts';
import type { Problem } from '../../client/problem.ts';
import { SelectField, TextField } from '../../components/field.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { CLAIMS } from '../../words/claims.ts';
import { GUESTS } from '../../words/guests.ts';

const WAYS = ['name_part', 'document_number', 'full_name'] as const;
type Way = (typeof WAYS)[number];

export function Search({ onFound }: { readonly onFound: (guests: readonly GuestAnswer[]) => void }) {
  const [way, setWay] = useState<Way>('name_part');
  const [text, setText] = useState('');
  const [born, setBorn] = useState('');
  const [problem, setProblem] = useState<Problem | null>(null);
  const search = async (event: Event) => {
    event.preventDefault();
    const body = { [way]: text.trim(), ...(way === 'full_name' && { birth_date: born }) };
    const answer = await post<{ readonly guests: readonly GuestAnswer[] }>('/v1/guests/search', body);
    setProblem(answer.ok ? null : answer.problem);
    if (answer.ok) onFound(answer.value.guests);
  };
  const words: Readonly<Record<Way, string>> = {
    document_number: GUESTS.byNumber,
    full_name: GUESTS.byName,
    name_part: GUESTS.byPart,
  };
  return (
    <search>
      <form class="card" onSubmit={search}>
        <div class="fields">
          <SelectField
            label={GUESTS.searchBy}
            name="way"
            value={way}
            onValue={(next) => setWay(WAYS.find((each) => each === next) ?? 'name_part')}
          >
            {WAYS.map((each) => (
              <option key={each} value={each}>
                {words[each]}
              </option>
            ))}
          </SelectField>
          <TextField
            label={way === 'document_number' ? CLAIMS.document_number : CLAIMS.full_name}
            name="sought"
            value={text}
            onValue={setText}
            required
            maxLength={128}
          />
          {way === 'full_name' && (
            <TextField
              label={CLAIMS.birth_date}
              name="born"
              type="date"
              value={born}
              onValue={setBorn}
              required
            />
          )}
        </div>
        <div class="row">
          <button type="submit">{GUESTS.search}</button>
        </div>
        <ProblemNote problem={problem} />
      </form>
    </search>
  );
}
