/** The records that a card's file locator names, and the static data to authenticate (EMV Book 3 clauses 10.2, 10.3). */
import { type CardChannel, joined, OK } from './apdu.ts';
import { CardError } from './card-error.ts';
import { elements, onlyElement } from './tlv.ts';

export interface Records {
  /** Values by tag. */
  readonly objects: ReadonlyMap<string, Uint8Array>;
  /** Records that take part in offline authentication, in order; templates 70 of SFI 1 to 10 taken off. */
  readonly authenticated: Uint8Array;
}

interface Entry {
  readonly file: number;
  readonly first: number;
  readonly last: number;
  /** How many of them, from the first, take part in offline authentication. */
  readonly authenticated: number;
}

const RECORDS_MAX = 64;
const AUTHENTICATED_BYTES_MAX = 4_094;

/** Rejects with CardError. */
export async function readRecords(channel: CardChannel, locator: Uint8Array): Promise<Records> {
  const objects = new Map<string, Uint8Array>();
  const authenticated: Uint8Array[] = [];
  let bytes = 0;
  for (const entry of entriesOf(locator)) {
    for (let record = entry.first; record <= entry.last; record += 1) {
      const data = await readRecord(channel, entry.file, record);
      const inside = contentOf(data);
      if (record < entry.first + entry.authenticated) {
        const counted = entry.file <= 10 ? inside : data;
        bytes += counted.length;
        if (bytes > AUTHENTICATED_BYTES_MAX)
          throw new CardError('card.endless', 'more static data than a card has');
        authenticated.push(counted);
      }
      for (const { tag, constructed, value } of elements(inside)) {
        if (constructed) continue;
        // Clause 10.2: what comes twice ends the transaction.
        if (objects.has(tag)) throw new CardError('card.malformed', `the data object ${tag} twice`);
        objects.set(tag, value);
      }
    }
  }
  return { objects, authenticated: joined(authenticated) };
}

function entriesOf(locator: Uint8Array): readonly Entry[] {
  if (locator.length % 4 !== 0 || locator.length > 252) throw outOfRange();
  const entries: Entry[] = [];
  let records = 0;
  for (let at = 0; at < locator.length; at += 4) {
    const [file = 0, first = 0, last = 0, authenticated = 0] = locator.subarray(at, at + 4);
    const count = last - first + 1;
    const isSound = (file & 0x07) === 0 && file >> 3 >= 1 && file >> 3 <= 30 && first >= 1 && count >= 1;
    if (!isSound || authenticated > count) throw outOfRange();
    records += count;
    if (records > RECORDS_MAX) throw new CardError('card.endless', `more than ${RECORDS_MAX} records`);
    entries.push({ file: file >> 3, first, last, authenticated });
  }
  return entries;
}

const outOfRange = () => new CardError('card.malformed', 'a file locator out of its range');

async function readRecord(channel: CardChannel, file: number, record: number): Promise<Uint8Array> {
  const { data, status } = await channel.send([0x00, 0xb2, record, (file << 3) | 0x04]);
  if (status !== OK) throw new CardError('card.refused', `READ RECORD: ${status.toString(16)}`);
  return data;
}

/** Records of a payment application are templates 70, whatever their file. */
function contentOf(data: Uint8Array): Uint8Array {
  const template = onlyElement(data, '70');
  if (template === null) throw new CardError('card.malformed', 'a record that is no template');
  return template.value;
}
