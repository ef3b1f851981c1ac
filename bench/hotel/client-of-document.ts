/** A client made from an OpenAPI document when it runs: it knows of the API what the document says, and nothing else. */
import { randomUUID } from 'node:crypto';

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header' | 'cookie';
  readonly required?: boolean;
}

interface Operation {
  readonly operationId?: string;
  readonly parameters?: readonly Parameter[];
  readonly responses?: Readonly<Record<string, unknown>>;
}

export interface Called {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export type DocumentClient = (
  operationId: string,
  body: unknown,
  path?: Readonly<Record<string, string>>,
) => Promise<Called>;

const IDEMPOTENCY = 'idempotency-key';

/** Rejects where the document has no such operation, or does not have the status that was answered. */
export async function clientOf(
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<DocumentClient> {
  const { paths } = (await (await fetch(`${url}/openapi.json`)).json()) as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  };
  const operations = new Map(
    Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => [
        operation.operationId ?? '',
        { path, method, operation },
      ]),
    ),
  );
  return async (operationId, body, values = {}) => {
    const found = operations.get(operationId);
    if (found === undefined) throw new TypeError(`the document has no operation ${operationId}`);
    const { path, method, operation } = found;
    const { parameters = [], responses = {} } = operation;
    const wantsKey = parameters.some(
      (each) => each.in === 'header' && each.name.toLowerCase() === IDEMPOTENCY,
    );
    const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ''));
    const answer = await fetch(`${url}${filled}`, {
      method: method.toUpperCase(),
      headers: {
        ...headers,
        ...(wantsKey && { [IDEMPOTENCY]: randomUUID() }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const { status } = answer;
    const isDocumented = `${status}` in responses || `${Math.floor(status / 100)}XX` in responses;
    if (!isDocumented) throw new TypeError(`the document does not have ${status} of ${operationId}`);
    return { status, body: (await answer.json()) as Called['body'] };
  };
}
