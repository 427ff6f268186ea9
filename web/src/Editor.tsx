import { GraphiQL } from 'graphiql';
import { useEffect, useMemo } from 'react';
import { createFetcher } from './createFetcher.ts';
import { firstQuery } from './firstQuery.ts';

/** GraphiQL, which asks through `token`. */
export function Editor({ token }: Readonly<{ token: string }>) {
  const { fetcher, dispose } = useMemo(() => createFetcher(token), [token]);
  useEffect(() => dispose, [dispose]);
  return (
    <div className="editor">
      <GraphiQL fetcher={fetcher} defaultQuery={firstQuery} defaultEditorToolsVisibility="variables" />
    </div>
  );
}
