/** Room and days, who else comes along, and the check-in itself. */
import { TextField } from '../../components/field.tsx';
import { useKeys } from '../../shell/keys.ts';
import { CHECK_IN } from '../../words/check-in.ts';
import {
  type AtHand,
  addToParty,
  arrival,
  checkIn,
  departure,
  drop,
  guest,
  guests,
  isUsable,
  party,
  room,
} from './model.ts';

export function StayForm({ onEmptyRoom }: { readonly onEmptyRoom: () => void }) {
  const now = guest.value;
  const count = guests.value.length;
  const canAdd = now !== null && isUsable(now);
  const finish = () => {
    if (count === 0) return;
    if (room.value.trim() === '') onEmptyRoom();
    else void checkIn();
  };
  useKeys([
    { keys: 'Alt+Enter', words: () => CHECK_IN.finish(count), run: finish },
    { keys: 'Alt+N', words: () => CHECK_IN.addToParty, run: addToParty },
  ]);
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        finish();
      }}
    >
      <h2>{CHECK_IN.stay}</h2>
      <div class="fields">
        <TextField
          label={CHECK_IN.room}
          name="room"
          value={room.value}
          onValue={(next) => {
            room.value = next;
          }}
          required
          maxLength={32}
        />
        <TextField
          label={CHECK_IN.arrival}
          name="arrival"
          type="date"
          value={arrival.value}
          onValue={(next) => {
            arrival.value = next;
          }}
          required
        />
        <TextField
          label={CHECK_IN.departure}
          name="departure"
          type="date"
          value={departure.value}
          onValue={(next) => {
            departure.value = next;
          }}
          required
        />
      </div>
      {party.value.length > 0 && (
        <section class="stack" aria-label={CHECK_IN.party}>
          <h3>{CHECK_IN.party}</h3>
          <ol class="party">
            {party.value.map((each, index) => {
              const name = nameOf(each) || CHECK_IN.guestNumber(index + 1);
              return (
                <li key={index}>
                  <bdi class="name">{name}</bdi>
                  <button
                    type="button"
                    class="plain"
                    aria-label={CHECK_IN.dropNamed(name)}
                    onClick={() => drop(index)}
                  >
                    {CHECK_IN.dropGuest}
                  </button>
                </li>
              );
            })}
          </ol>
        </section>
      )}
      <div class="row">
        <button type="submit" class="main" disabled={count === 0}>
          {CHECK_IN.finish(count)} <kbd>Alt Enter</kbd>
        </button>
        <button type="button" disabled={!canAdd} onClick={addToParty}>
          {CHECK_IN.addToParty} <kbd>Alt N</kbd>
        </button>
      </div>
      {now !== null && !canAdd && <p class="muted">{CHECK_IN.cannotUse}</p>}
      {now === null && count === 0 && <p class="muted">{CHECK_IN.nothingYet}</p>}
    </form>
  );
}

const nameOf = ({ verification, declared }: AtHand): string =>
  (declared['full_name'] ?? '').trim() || (verification?.claims?.full_name ?? '');
