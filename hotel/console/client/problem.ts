/** What went wrong, as the desk said it (RFC 9457), or why it said nothing. */
export interface Problem {
  /** Of docs/codes.md; `unreachable`: nothing was answered. */
  readonly code: string;
  /** In English, as the desk said it. */
  readonly title: string;
  readonly status: number;
  readonly retry: boolean;
  readonly retry_after_ms: number;
  readonly errors: readonly { readonly pointer: string; readonly detail: string }[];
}

export const UNREACHABLE: Problem = {
  code: 'unreachable',
  title: '',
  status: 0,
  retry: true,
  retry_after_ms: 0,
  errors: [],
};

/** Reads what was answered; whatever is no problem document becomes one that says the status alone. */
export function readProblem(status: number, body: unknown): Problem {
  const read = (typeof body === 'object' && body !== null ? body : {}) as Partial<Record<string, unknown>>;
  const { code, title, retry, retry_after_ms: retryAfter, errors } = read;
  return {
    code: typeof code === 'string' ? code : `status ${status}`,
    title: typeof title === 'string' ? title : '',
    status,
    retry: retry === true,
    retry_after_ms: typeof retryAfter === 'number' ? retryAfter : 0,
    errors: Array.isArray(errors) ? errors.filter(isFault) : [],
  };
}

function isFault(entry: unknown): entry is { pointer: string; detail: string } {
  const { pointer, detail } = (entry ?? {}) as Partial<Record<string, unknown>>;
  return typeof pointer === 'string' && typeof detail === 'string';
}
