/**
 * Stage 1. Turns a message, already parsed strictly, into a `Presentation` whose shape is known good. Nothing after it
 * parses. One compiled schema a family decides; the published OpenAPI document is made from the very same schemas.
 */
import { type Static, type TObject, type TProperties, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Code } from '../../../config/codes.ts';
import type { ByteForm, Family } from '../../../workers/families/family.ts';
import { packInput } from '../../../workers/packing.ts';
import type { Presentation } from '../../verification.ts';

/** What decode needs of a family. */
export type ReadableFamily = Pick<
  Family<unknown, unknown>,
  | 'name'
  | 'presentable'
  | 'example'
  | 'credentialSchema'
  | 'contextSchema'
  | 'read'
  | 'packDirectly'
  | 'jsonNames'
  | 'fromScan'
  | 'costKey'
>;

/** A presentation of a family, in the form its bytes are in. */
export interface Resolved {
  readonly family: ReadableFamily;
  readonly credential: unknown;
  readonly context: unknown;
  readonly form: ByteForm;
}

/** Stands in a message for whichever family what was shown turns out to be of. */
export interface Dispatcher extends ReadableFamily {
  /** What its schemas accepted, as a family's own schemas accept it; or why it is of none. Never throws. */
  resolve(credential: unknown, context: unknown, form: ByteForm): Resolved | Code;
}

export const SceneName = Type.String({
  pattern: '^[a-z0-9][a-z0-9/.-]{0,62}$',
  description: 'Scene to decide for; without it, the first the device is enrolled for.',
});

export const DeadlineMs = Type.Integer({
  minimum: 1,
  maximum: 600_000,
  description:
    "Milliseconds to answer in. It can shorten the time the device's class has, never lengthen it.",
});

export const SequenceNumber = Type.Integer({
  // OpenAPI 3.1 clause 4.4: for makers of clients, which take 32 bits otherwise.
  format: 'int64',
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'Number of the tap in its stream; the same tap sent again carries the same number.',
});

export type Decoded<Envelope extends TProperties> =
  | {
      readonly ok: true;
      readonly presentation: Presentation;
      /** The envelope's fields; their types are what the schema accepted. */
      readonly envelope: Static<TObject<Envelope>>;
    }
  | { readonly ok: false; readonly code: Code };

/** What holds between the fields of an envelope. */
export interface EnvelopeRules {
  readonly dependentRequired?: Record<string, string[]>;
}

/** Schema of a message that shows a credential of one family, inside the envelope of one protocol. */
export function presentationSchema<Envelope extends TProperties>(
  family: ReadableFamily,
  form: ByteForm,
  envelope: Envelope,
  rules: EnvelopeRules = {},
) {
  return Type.Object(
    {
      ...envelope,
      family: Type.Literal(family.name),
      credential: family.credentialSchema(form),
      context: family.contextSchema(form),
      scene: Type.Optional(SceneName),
      deadline_ms: Type.Optional(DeadlineMs),
    },
    { additionalProperties: false, ...rules },
  );
}

interface Reader {
  readonly family: ReadableFamily | Dispatcher;
  check(value: unknown): boolean;
}

/** The fields every accepted message has, whatever its family and envelope. */
interface Accepted {
  readonly family: string;
  readonly credential: unknown;
  readonly context: unknown;
  readonly scene?: string;
  readonly deadline_ms?: number;
}

export class PresentationDecoder<Envelope extends TProperties> {
  readonly #form: ByteForm;
  readonly #readers = new Map<string, Reader>();

  /** Compiles the schemas of all presentable families; done once, at start. */
  constructor(
    form: ByteForm,
    envelope: Envelope,
    families: readonly (ReadableFamily | Dispatcher)[],
    rules: EnvelopeRules = {},
  ) {
    this.#form = form;
    for (const family of families) {
      if (!family.presentable) continue;
      const compiled = Compile(presentationSchema(family, form, envelope, rules));
      this.#readers.set(family.name, { family, check: (value) => compiled.Check(value) });
    }
  }

  /** Never throws for any value that a strict parser returned. */
  decode(value: unknown): Decoded<Envelope> {
    if (!isRecord(value)) return refused('request.wrong_type');
    const { family: name } = value;
    if (typeof name !== 'string') return refused('request.wrong_type');
    const reader = this.#readers.get(name);
    if (reader === undefined) return refused('request.unknown_family');
    if (!reader.check(value)) return refused('request.wrong_type');
    const { credential, context, scene, deadline_ms } = value as unknown as Accepted;
    const shown = this.#shown(reader.family, credential, context);
    if (typeof shown === 'string') return refused(shown);
    const { family } = shown;
    const input = family.read(shown.credential, shown.context, shown.form);
    return {
      ok: true,
      presentation: {
        family: family.name,
        packedInput: packInput(input),
        costKey: family.costKey(input),
        scene: scene ?? null,
        deadlineMs: deadline_ms ?? null,
      },
      envelope: value as Static<TObject<Envelope>>,
    };
  }

  #shown(family: ReadableFamily | Dispatcher, credential: unknown, context: unknown): Resolved | Code {
    const form = this.#form;
    return 'resolve' in family
      ? family.resolve(credential, context, form)
      : { family, credential, context, form };
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
  );
}

function refused(code: Code): { readonly ok: false; readonly code: Code } {
  return { ok: false, code };
}
