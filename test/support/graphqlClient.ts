import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

export type GraphqlError = Readonly<{ message: string; extensions?: Readonly<{ code?: string }> }>;
export type GraphqlAnswer<Data> = Readonly<{ data?: Data | null; errors?: readonly GraphqlError[] }>;
type Variables = Readonly<Record<string, unknown>>;

export type GraphqlClient = Readonly<{
  /** The whole answer, errors and all. */
  answer: <Data>(query: string, variables?: Variables) => Promise<GraphqlAnswer<Data>>;
  /** The data; throws where there are errors. */
  request: <Data>(query: string, variables?: Variables) => Promise<Data>;
  /** The data of each message, on one WebSocket that reconnects by itself never. */
  subscribe: <Data>(query: string, variables?: Variables) => AsyncIterableIterator<Data>;
  close: () => Promise<void>;
}>;

/**
 * A client as a user would write one: `fetch` and `graphql-ws`, nothing of oneoff's own. Of several nodes it asks one after the other, and
 * names the latest position that it has seen, so that each shows it what it has written on another.
 */
export function graphqlClient(nodes: string | readonly string[], token: string): GraphqlClient {
  const urls = typeof nodes === 'string' ? [nodes] : nodes;
  const authorization = `Bearer ${token}`;
  const sockets = urls.map((url) =>
    createClient({
      url: `${url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization },
      retryAttempts: 0,
    }),
  );
  let turn = 0;
  let latest = '';
  const nextTurn = (): number => {
    turn = (turn + 1) % urls.length;
    return turn;
  };
  const position = (): Readonly<Record<string, string>> =>
    urls.length > 1 && latest !== '' ? { 'oneoff-position': latest } : {};
  const noted = <Data>(answered: GraphqlAnswer<Data>): GraphqlAnswer<Data> => {
    for (const field of Object.values(answered.data ?? {}) as readonly Readonly<{ position?: unknown }>[]) {
      const seen = field?.position;
      if (typeof seen === 'string' && seen > latest) latest = seen;
    }
    return answered;
  };
  const answer = async <Data>(query: string, variables: Variables = {}): Promise<GraphqlAnswer<Data>> => {
    const response = await fetch(`${urls[nextTurn()]}/graphql`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json', ...position() },
      body: JSON.stringify({ query, variables }),
    });
    return noted((await response.json()) as GraphqlAnswer<Data>);
  };
  return {
    answer,
    request: async <Data>(query: string, variables?: Variables) =>
      dataOf<Data>(await answer<Data>(query, variables)),
    subscribe: async function* <Data>(query: string, variables: Variables = {}) {
      const operation = { query, variables, extensions: position() };
      for await (const message of sockets[nextTurn()]?.iterate<Data>(operation) ?? []) {
        yield dataOf<Data>(noted(message as GraphqlAnswer<Data>));
      }
    },
    close: async () => {
      for (const socket of sockets) await socket.dispose();
    },
  };
}

function dataOf<Data>({ data, errors }: GraphqlAnswer<Data>): Data {
  if (errors !== undefined || data === undefined || data === null) throw new Error(JSON.stringify(errors));
  return data;
}
