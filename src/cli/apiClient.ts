import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

/** A client of oneoff's own API, as any program would be one. */
export type ApiClient = Readonly<{
  /** Answers the operation's data. Throws with the messages of its errors. */
  request<Data>(query: string, variables?: Readonly<Record<string, unknown>>): Promise<Data>;
  /** The data of each message until the subscription ends. Throws with the messages of its errors. */
  subscribe<Data>(query: string, variables?: Readonly<Record<string, unknown>>): AsyncIterable<Data>;
  close(): Promise<void>;
}>;

type Answer<Data> = Readonly<{ data?: Data | null; errors?: readonly Readonly<{ message: string }>[] }>;

export function createApiClient(url: string, token: string): ApiClient {
  const authorization = `Bearer ${token}`;
  const socket = createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization },
  });
  return {
    request: async <Data>(query: string, variables = {}) => {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables }),
      });
      return dataOf((await response.json()) as Answer<Data>);
    },
    subscribe: async function* <Data>(query: string, variables = {}) {
      for await (const answer of socket.iterate<Data>({ query, variables }))
        yield dataOf(answer as Answer<Data>);
    },
    close: async () => socket.dispose(),
  };
}

function dataOf<Data>({ data, errors }: Answer<Data>): Data {
  if (errors !== undefined || data === undefined || data === null) {
    throw new Error(errors?.map(({ message }) => message).join('; ') ?? 'an answer without data');
  }
  return data;
}
