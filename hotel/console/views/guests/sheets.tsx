/** Paper: a receipt of a stay, and a registration card for each guest. Numbers are masked on both. */
import type { GuestAnswer, StayAnswer } from '../../client/answers.ts';
import { hotel } from '../../client/session.ts';
import { dayAndTime } from '../../components/said-times.ts';
import { printSheets } from '../../shell/print.tsx';
import { CLAIMS } from '../../words/claims.ts';
import { said } from '../../words/dictionary.ts';
import { GUESTS } from '../../words/guests.ts';
import './sheets.css';

type StayHead = Pick<StayAnswer, 'stay_id' | 'room'> & Partial<Pick<StayAnswer, 'arrival' | 'departure'>>;

export function printReceipt(stay: StayAnswer): void {
  printSheets([<Receipt key={stay.stay_id} stay={stay} />]);
}

export function printCards(stay: StayAnswer): void {
  printSheets(stay.guests.map((guest) => <Card key={guest.guest_id} stay={stay} guest={guest} />));
}

export function printCard(guest: GuestAnswer): void {
  printSheets([
    <Card key={guest.guest_id} stay={{ stay_id: guest.stay_id, room: guest.room }} guest={guest} />,
  ]);
}

function Receipt({ stay }: { readonly stay: StayAnswer }) {
  return (
    <article class="paper">
      <h1>{hotel.value?.title}</h1>
      <h2>{GUESTS.receiptTitle}</h2>
      <Head stay={stay} />
      <table>
        <thead>
          <tr>
            <th scope="col">{GUESTS.name}</th>
            <th scope="col">{CLAIMS.document_kind}</th>
            <th scope="col">{GUESTS.number}</th>
          </tr>
        </thead>
        <tbody>
          {stay.guests.map((guest) => (
            <tr key={guest.guest_id}>
              <td>
                <bdi>{guest.full_name}</bdi>
              </td>
              <td>{kindTitle(guest.document_kind)}</td>
              <td class="number">{guest.document_number_masked}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p>{dayAndTime(stay.created_at_ms)}</p>
    </article>
  );
}

function Card({ stay, guest }: { readonly stay: StayHead; readonly guest: GuestAnswer }) {
  return (
    <article class="paper">
      <h1>{hotel.value?.title}</h1>
      <h2>{GUESTS.cardTitle}</h2>
      <Head stay={stay} />
      <dl class="facts">
        <dt>{GUESTS.name}</dt>
        <dd>
          <bdi>{guest.full_name}</bdi>
        </dd>
        <dt>{CLAIMS.document_kind}</dt>
        <dd>{kindTitle(guest.document_kind)}</dd>
        <dt>{GUESTS.number}</dt>
        <dd class="number">{guest.document_number_masked}</dd>
        <dt>{GUESTS.since}</dt>
        <dd>{dayAndTime(guest.checked_in_at_ms)}</dd>
      </dl>
      <p>{GUESTS.privacy}</p>
      <div class="signatures">
        <p>{GUESTS.guestSign}</p>
        <p>{GUESTS.clerkSign}</p>
      </div>
    </article>
  );
}

function Head({ stay }: { readonly stay: StayHead }) {
  return (
    <dl class="facts">
      <dt>{GUESTS.room}</dt>
      <dd>{stay.room}</dd>
      {stay.arrival && (
        <>
          <dt>{GUESTS.arrival}</dt>
          <dd>{stay.arrival}</dd>
          <dt>{GUESTS.departure}</dt>
          <dd>{stay.departure}</dd>
        </>
      )}
      <dt>{GUESTS.reference}</dt>
      <dd class="number">{stay.stay_id}</dd>
    </dl>
  );
}

export const kindTitle = (kind: string): string => {
  const known = hotel.value?.document_kinds.find((each) => each.kind === kind);
  return known ? said(known.title) : kind;
};
