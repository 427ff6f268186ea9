import { useState } from 'react';
import { Editor } from './Editor.tsx';
import { TokenField } from './TokenField.tsx';
import { keepToken, keptToken } from './tokenStorage.ts';

/** GraphiQL with the token of this tab. It asks for one first: without a token the server answers nothing, not even its schema. */
export function GraphqlPage() {
  const [token, setToken] = useState(keptToken);
  const changeToken = (changed: string) => {
    keepToken(changed);
    setToken(changed);
  };
  return (
    <div className="page">
      <TokenField token={token} onChange={changeToken} />
      {token === '' ? (
        <main className="welcome">
          <h1>Enter an API token to begin</h1>
          <p>
            The first start of oneoff printed one. A lost token can be replaced:{' '}
            <code>npm start -- token</code> makes another while oneoff is not running.
          </p>
        </main>
      ) : (
        <Editor key={token} token={token} />
      )}
    </div>
  );
}
