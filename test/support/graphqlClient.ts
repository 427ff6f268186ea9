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

/** A client as a user would write one: `fetch` and `graphql-ws`, nothing of oneoff's own. */
export function graphqlClient(url: string, token: string): GraphqlClient {
  const authorization = `Bearer ${token}`;
  const sockets = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization },
    retryAttempts: 0,
  });
  const answer = async <Data>(query: string, variables: Variables = {}): Promise<GraphqlAnswer<Data>> => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as GraphqlAnswer<Data>;
  };
  return {
    answer,
    request: async <Data>(query: string, variables?: Variables) =>
      dataOf<Data>(await answer<Data>(query, variables)),
    subscribe: async function* <Data>(query: string, variables: Variables = {}) {
      for await (const message of sockets.iterate<Data>({ query, variables })) {
        yield dataOf<Data>(message as GraphqlAnswer<Data>);
      }
    },
    close: async () => sockets.dispose(),
  };
}

function dataOf<Data>({ data, errors }: GraphqlAnswer<Data>): Data {
  if (errors !== undefined || data === undefined || data === null) throw new Error(JSON.stringify(errors));
  return data;
}
