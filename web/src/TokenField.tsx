import { useState } from 'react';

export type TokenFieldProps = Readonly<{ token: string; onChange: (token: string) => void }>;

const wellFormed = /^oneoff_[0-9a-v]{20}_[\w-]{43}$/;

/** Takes a token once it is whole, so that no half of one is sent anywhere, and the schema is not asked for at each key. */
export function TokenField({ token, onChange }: TokenFieldProps) {
  const [text, setText] = useState(token);
  const change = (changed: string) => {
    setText(changed);
    const trimmed = changed.trim();
    if (trimmed === '' || wellFormed.test(trimmed)) onChange(trimmed);
  };
  return (
    <form className="token" autoComplete="off" onSubmit={(event) => event.preventDefault()}>
      <strong>oneoff</strong>
      <label htmlFor="token">API token</label>
      <input
        id="token"
        type="password"
        autoComplete="off"
        placeholder="oneoff_…"
        value={text}
        onChange={(event) => change(event.target.value)}
      />
      <output htmlFor="token">{describe(text.trim(), token)}</output>
    </form>
  );
}

function describe(text: string, token: string): string {
  if (text === '') return 'Paste the token that the first start printed. It stays in this tab.';
  return text === token ? 'In use, in this tab only.' : 'This is not a whole token yet.';
}
