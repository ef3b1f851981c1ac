/** Connections to the PostgreSQL server of the register; faults of it in the words of the desk. */
import { Pool, type PoolClient, type QueryResultRow } from 'pg';
import { HotelError } from '../../hotel-error.ts';
import { KeyRetiredError } from '../row-store.ts';

const CONNECTIONS = 8;
const CONNECT_MS = 5_000;
const STATEMENT_MS = 30_000;
const TRIES = 5;
/** SQLSTATE, PostgreSQL's Appendix A. */
const FOREIGN_KEY = '23503';
const TRY_AGAIN: ReadonlySet<string> = new Set(['40001', '40P01']);

export type Ask = <Found extends QueryResultRow>(
  text: string,
  values: readonly unknown[],
) => Promise<{ readonly rows: readonly Found[]; readonly count: number }>;

export class Database {
  readonly #pool: Pool;
  #isClosed = false;

  constructor(url: string) {
    this.#pool = new Pool({
      connectionString: url,
      max: CONNECTIONS,
      connectionTimeoutMillis: CONNECT_MS,
      statement_timeout: STATEMENT_MS,
      application_name: 'onecard desk',
      // What was answered is on disk, whatever the server does by itself.
      options: '-c synchronous_commit=on',
    });
    // Of a connection that nobody uses; the next one that is asked for is another.
    this.#pool.on('error', () => {});
  }

  /** Rejects with HotelError `store_unavailable`. */
  async ask<Found extends QueryResultRow>(
    text: string,
    values: readonly unknown[],
  ): Promise<readonly Found[]> {
    this.#requireOpen();
    try {
      return (await this.#pool.query<Found>(text, [...values])).rows;
    } catch (cause) {
      throw inDeskWords(cause);
    }
  }

  /** All or nothing; tried again where another was in the way. Rejects with what `act` throws, or HotelError `store_unavailable`. */
  async transaction<T>(act: (ask: Ask, client: PoolClient) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      this.#requireOpen();
      try {
        return await this.#once(act);
      } catch (cause) {
        if (attempt === TRIES || !TRY_AGAIN.has(stateOf(cause))) throw inDeskWords(cause);
      }
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#pool.end();
  }

  async #once<T>(act: (ask: Ask, client: PoolClient) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    let broken: Error | undefined;
    try {
      await client.query('BEGIN');
      const result = await act(async (text, values) => {
        const { rows, rowCount } = await client.query(text, [...values]);
        return { rows, count: rowCount ?? 0 };
      }, client);
      await client.query('COMMIT');
      return result;
    } catch (cause) {
      await client.query('ROLLBACK').catch((error: Error) => {
        broken = error;
      });
      throw cause;
    } finally {
      client.release(broken);
    }
  }

  #requireOpen(): void {
    if (this.#isClosed) throw new HotelError('store_unavailable', 'the register is closed');
  }
}

const stateOf = (cause: unknown): string => String((cause as { code?: unknown }).code ?? '');

function inDeskWords(cause: unknown): Error {
  if (cause instanceof HotelError || cause instanceof KeyRetiredError) return cause;
  if (stateOf(cause) === FOREIGN_KEY)
    return new KeyRetiredError('a row is sealed under a key that is not there');
  // Not its detail, which repeats what was written.
  return new HotelError('store_unavailable', `the register's PostgreSQL: ${(cause as Error).message}`, {
    cause,
  });
}
