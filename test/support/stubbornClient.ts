import { setTimeout as pass } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { GraphqlAnswer, GraphqlError } from './graphqlClient.ts';

type Variables = Readonly<Record<string, unknown>>;
type Reading = Readonly<{
  /** A position of an earlier answer, which the answering node is to show. */
  position?: string;
}>;

export type StubbornClient = Readonly<{
  /** The data of the first answer that has some. Throws for an answer that says anything else than to ask again, and after a minute without one. */
  request: <Data>(query: string, variables?: Variables, reading?: Reading) => Promise<Data>;
  /**
   * The messages of one subscription over many connections: where one breaks, or has nothing to say for a while, it resumes on the next node
   * with what `variables` answers then. Ends when a node says that it is complete, or once `isOver` says so.
   */
  follow: <Data>(
    query: string,
    variables: () => Variables,
    options?: Reading & Readonly<{ isOver?: () => boolean }>,
  ) => AsyncGenerator<Data>;
}>;

const askAgainEveryMs = 100;
const requestMs = 3_000;
const silentMs = 3_000;
const patienceMs = 60_000;

/** What says "ask again". Whatever else a node answers to a request that is right is its failure. */
const askAgainCodes = ['UNAVAILABLE', 'CONFLICT'];

/** A user who does not give up: asks one node after the other until one answers, each time with the same words. */
export function stubbornClient(urls: readonly string[], token: string): StubbornClient {
  const authorization = `Bearer ${token}`;
  let turn = 0;
  const nextUrl = (): string => {
    turn += 1;
    return urls[turn % urls.length] ?? '';
  };

  async function ask<Data>(query: string, variables: Variables, { position }: Reading): Promise<Data> {
    const response = await fetch(`${nextUrl()}/graphql`, {
      method: 'POST',
      headers: {
        authorization,
        'content-type': 'application/json',
        ...(position !== undefined && { 'oneoff-position': position }),
      },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(requestMs),
    });
    return dataOf((await response.json()) as GraphqlAnswer<Data>);
  }

  /** On one connection. Answers whether it is complete. */
  async function* followOnce<Data>(
    query: string,
    variables: Variables,
    { position }: Reading,
  ): AsyncGenerator<Data, boolean> {
    const client = createClient({
      url: `${nextUrl().replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization },
      retryAttempts: 0,
    });
    const extensions = position === undefined ? {} : { 'oneoff-position': position };
    const messages = client.iterate<Data>({ query, variables, extensions });
    try {
      for (;;) {
        const next = await unlessSilent(messages.next());
        if (next === 'silent') return false;
        if (next.done) return true;
        yield dataOf(next.value as GraphqlAnswer<Data>);
      }
    } finally {
      client.terminate();
    }
  }

  return {
    request: async (query, variables = {}, reading = {}) => {
      const deadlineMs = performance.now() + patienceMs;
      for (;;) {
        try {
          return await ask(query, variables, reading);
        } catch (error) {
          throwUnlessAskAgain(error);
          if (performance.now() > deadlineMs) throw error;
        }
        await pass(askAgainEveryMs);
      }
    },
    follow: async function* <Data>(
      query: string,
      variables: () => Variables,
      options: Reading & Readonly<{ isOver?: () => boolean }> = {},
    ) {
      while (options.isOver?.() !== true) {
        try {
          if (yield* followOnce<Data>(query, variables(), options)) return;
        } catch (error) {
          throwUnlessAskAgain(error);
        }
        await pass(askAgainEveryMs);
      }
    },
  };
}

/** The errors of an answer. */
class AnsweredError extends Error {
  readonly codes: readonly string[];
  constructor(errors: readonly GraphqlError[]) {
    super(JSON.stringify(errors));
    this.codes = errors.map(({ extensions }) => extensions?.code ?? '');
  }
}

function dataOf<Data>({ data, errors }: GraphqlAnswer<Data>): Data {
  if (errors !== undefined || data === undefined || data === null) throw new AnsweredError(errors ?? []);
  return data;
}

/** The codes with which a server closes a socket because of what the client did. */
const refusals = [4400, 4401, 4403, 4409, 4429];

/** All but an answer is a connection that broke, or that was never made. */
function throwUnlessAskAgain(thrown: unknown): void {
  // A subscription that fails throws the errors themselves.
  const error = Array.isArray(thrown) ? new AnsweredError(thrown as readonly GraphqlError[]) : thrown;
  if (error instanceof AnsweredError && !error.codes.every((code) => askAgainCodes.includes(code)))
    throw error;
  const { code, reason } = error as { code?: unknown; reason?: unknown };
  if (typeof code === 'number' && refusals.includes(code)) throw new Error(`closed with ${code}: ${reason}`);
}

async function unlessSilent<Next>(next: Promise<Next>): Promise<Next | 'silent'> {
  const over = new AbortController();
  const silent = pass(silentMs, 'silent' as const, { signal: over.signal });
  for (const other of [next, silent]) other.catch(() => undefined);
  try {
    return await Promise.race([next, silent]);
  } finally {
    over.abort();
  }
}
