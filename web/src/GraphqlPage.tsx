import { GraphiQL } from 'graphiql';
import { useEffect, useMemo, useState } from 'react';
import { createFetcher } from './createFetcher.ts';
import { firstQuery } from './firstQuery.ts';
import { TokenField } from './TokenField.tsx';
import { keepToken, keptToken } from './tokenStorage.ts';

/** GraphiQL with the token of this tab. Without one, the schema can be read but nothing else. */
export function GraphqlPage() {
  const [token, setToken] = useState(keptToken);
  const { fetcher, dispose } = useMemo(() => createFetcher(token), [token]);
  useEffect(() => dispose, [dispose]);
  const changeToken = (changed: string) => {
    keepToken(changed);
    setToken(changed);
  };
  return (
    <div className="page">
      <TokenField token={token} onChange={changeToken} />
      <div className="editor">
        <GraphiQL fetcher={fetcher} defaultQuery={firstQuery} defaultEditorToolsVisibility="variables" />
      </div>
    </div>
  );
}
