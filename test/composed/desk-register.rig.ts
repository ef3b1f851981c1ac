/** A hotel's register with guests whose every personal value carries a mark, and a search for those marks in raw files. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { normalName } from '../../hotel/matching/normal-form.ts';
import type { GuestRegister, Put } from '../../hotel/register/guest-register.ts';
import { newReport, reportPut } from '../../hotel/reports/report-rows.ts';
import type { Guest, GuestState, Stay } from '../../hotel/stays/stay.ts';

export interface MarkedGuest {
  readonly name: string;
  readonly state: GuestState;
  readonly purgeDay: string;
}

/** What must be found nowhere: of a guest of that name. */
export const marksOf = (name: string): readonly string[] => [
  `Marked ${name}`,
  normalName(`Marked ${name}`),
  `31011519900101${name.length}X${name.toUpperCase()}`,
  `+86-555-${name}`,
  `told of ${name} and nobody else`,
];

export async function checkIn(
  register: GuestRegister,
  { name, state, purgeDay }: MarkedGuest,
): Promise<void> {
  const [fullName = '', , number = '', contact = '', note = ''] = marksOf(name);
  const guestId = `g-${name}`;
  const stayId = `s-${name}`;
  const atMs = Date.now();
  const due = { register: 1, change: 1, check_out: 1, suspicious: 1 };
  const target = { target: 'psb', guests: 'all', due_ms: due } as const;
  const guest: Guest = {
    ...{ guestId, stayId, state, decision: null, credential: null, needs: [], attestation: null },
    claims: { full_name: fullName, document_kind: 'id_card', document_number: number },
    evidence: {
      document: 'declared',
      status: { source: 'none', ageMs: 0 },
      holder: 'none',
      claims: 'declared',
    },
    guardian: { contact, relationship: 'parent' },
    ...{ corrections: [], checkedInAtMs: atMs, checkedOutAtMs: null, revertedFor: null },
  };
  const stay: Stay = {
    ...{ stayId, hotelId: 'harbour', room: '808', arrival: '2026-01-01', departure: '2026-01-02' },
    ...{ state: 'departed', guestIds: [guestId], createdAtMs: atMs, createdBy: 'lin', desk: 'front-1' },
    ...{ departedAtMs: atMs, revertedFor: null },
  };
  const report = newReport({
    ...{ reportId: `r-${name}`, kind: 'suspicious', guest, target, nowMs: atMs, note },
  });
  const plain = (index: string, value: string) => ({ index, kind: 'plain', value }) as const;
  const row = { expectVersion: null, purgeDay };
  const puts: Put[] = [
    { ...row, table: 'stay', id: stayId, value: stay, indexes: [plain('stay.state', 'departed')] },
    {
      ...{ ...row, table: 'guest', id: guestId, value: guest },
      indexes: [plain('guest.state', state), { index: 'guest.number', kind: 'blind', value: number }],
    },
    reportPut({ ...report, state: 'accepted', nextAttemptAtMs: null }, { purgeDay, version: null }),
    {
      ...{ ...row, table: 'answer', id: `a-${name}`, indexes: [] },
      value: {
        ...{ keyDigest: 'k', bodyDigest: 'b', status: 201, contentType: 'application/json', atMs },
        body: JSON.stringify({ guest_id: guestId, full_name: fullName }),
      },
    },
  ];
  await register.commit({ puts });
}

/** Names of files below a folder that hold one of the texts: as they are, in UTF-16, in hex, or in base64 at any place. */
export function filesWith(folder: string, texts: readonly string[]): string[] {
  const wanted = texts.flatMap((text) => {
    const bytes = Buffer.from(text, 'utf8');
    const inBase64 = [0, 1, 2].map((before) =>
      // Without what the bytes beside it have a part in.
      Buffer.concat([Buffer.alloc(before), bytes])
        .toString('base64')
        .slice(before + 1, -4),
    );
    return [
      bytes,
      Buffer.from(text, 'utf16le'),
      ...[bytes.toString('hex'), ...inBase64].map((each) => Buffer.from(each)),
    ];
  });
  return filesBelow(folder).filter((file) => {
    const bytes = readFileSync(file);
    return wanted.some((each) => bytes.includes(each));
  });
}

export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
