/**
 * Takes what a gateway hands in, by whichever way it came: records, where epochs begin, checkpoints, and what was judged
 * again. Each is kept once, and on disk before it is answered.
 */
import { Compile } from 'typebox/compile';
import { Problem } from './http/problem.ts';
import { type Checkpoints, CheckpointUploadSchema } from './journal/checkpoints.ts';
import { JournalFullError, type JournalIntake } from './journal/intake.ts';
import { isEpochUpload, readPackedUpload } from './journal/upload.ts';
import {
  type RejudgementIntake,
  RejudgementUploadSchema,
  UnjudgedUploadSchema,
} from './rejudgement-intake.ts';

export type UploadKind = 'records' | 'epochs' | 'checkpoints' | 'rejudgements' | 'unjudged';

/** Where what is taken is kept. */
export interface Takers {
  readonly intake: JournalIntake;
  readonly checkpoints: Checkpoints;
  readonly rejudgements: RejudgementIntake;
}

export interface Upload {
  readonly kind: UploadKind;
  readonly body: Uint8Array;
  /** Whether what the body says of its gateway is believed of who sent it. */
  readonly isOf: (gateway: string) => boolean;
}

const checkpointSchema = Compile(CheckpointUploadSchema);
const rejudgementSchema = Compile(RejudgementUploadSchema);
const unjudgedSchema = Compile(UnjudgedUploadSchema);

/** Resolves to the answer once it is kept. Throws Problem where it is refused; then nothing of it is kept. */
export async function takeUpload(takers: Takers, upload: Upload): Promise<object> {
  try {
    return await TAKE[upload.kind](takers, upload);
  } catch (error) {
    // The gateway keeps what is not confirmed and sends it again.
    throw error instanceof JournalFullError ? new Problem('platform.journal_full') : error;
  }
}

type Take = (takers: Takers, upload: Upload) => Promise<object>;

const TAKE: Readonly<Record<UploadKind, Take>> = {
  async records({ intake, checkpoints }, upload) {
    const packed = readPackedUpload(upload.body);
    if (packed === 'too_many') throw new Problem('request.too_many_items');
    if (packed === null || !upload.isOf(packed.gateway)) throw new Problem('request.malformed');
    const answer = await intake.acceptPacked(packed, upload.body);
    checkpoints.arrived(packed.gateway);
    return answer;
  },
  async epochs({ intake }, upload) {
    return await intake.acceptEpoch(read(upload, isEpochUpload));
  },
  async checkpoints({ checkpoints }, upload) {
    const answer = await checkpoints.accept(read(upload, (value) => checkpointSchema.Check(value)));
    if (answer.kind === 'refused') throw new Problem('platform.checkpoint_key');
    if (answer.state === 'inconsistent') throw new Problem('platform.checkpoint_inconsistent');
    return { state: answer.state };
  },
  async rejudgements({ rejudgements }, upload) {
    return await rejudgements.accept(read(upload, (value) => rejudgementSchema.Check(value)));
  },
  async unjudged({ rejudgements }, upload) {
    return await rejudgements.acceptUnjudged(read(upload, (value) => unjudgedSchema.Check(value)));
  },
};

/** What JSON of one shape says. Throws Problem. */
function read<T extends { readonly gateway: string }>(
  { body, isOf }: Upload,
  isShape: (value: unknown) => value is T,
): T {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new Problem('request.malformed');
  }
  if (!isShape(value) || !isOf(value.gateway)) throw new Problem('request.malformed');
  return value;
}
