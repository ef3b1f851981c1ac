/** One thing the HTTP side serves, with its own description: what is registered is what is published. */
import type { TSchema } from 'typebox';
import type { Code } from '../../config/codes.ts';
import type { Exchange } from './exchange.ts';

export interface Content {
  /** A schema, or the name of one under components/schemas. */
  readonly schema: TSchema | string;
  readonly examples?: Readonly<Record<string, unknown>>;
}

export interface PathParameter {
  readonly name: string;
  readonly schema: TSchema;
}

export interface RouteResponse {
  readonly status: number;
  readonly description: string;
  readonly content: Readonly<Record<string, Content>>;
}

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  /** Which token it takes; null: none. */
  readonly security: 'deviceToken' | 'anyToken' | null;
  /** What its path holds, in its order. */
  readonly parameters?: readonly PathParameter[];
  /** Content by media type; null: it takes no body. */
  readonly request: Readonly<Record<string, Content>> | null;
  readonly responses: readonly RouteResponse[];
  /** Codes of the problem documents it may answer. */
  readonly problems: readonly Code[];
}

export interface Route {
  readonly method: 'get' | 'post';
  /** As OpenAPI writes it: a parameter, of which there is one at most, in braces. */
  readonly path: string;
  readonly operation: Operation;
  /**
   * Called inside the callback of the request. Answers, or refuses, exactly once. `parameter`: of the path, as it came; empty
   * where there is none.
   */
  handle(exchange: Exchange, parameter: string): void | Promise<void>;
}
