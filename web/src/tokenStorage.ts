const key = 'oneoff-token';

/** The token that this tab was given. It is gone when the tab is closed. */
export function keptToken(): string {
  return sessionStorage.getItem(key) ?? '';
}

/** Keeps `token` for this tab; an empty one is forgotten. */
export function keepToken(token: string): void {
  if (token === '') sessionStorage.removeItem(key);
  else sessionStorage.setItem(key, token);
}
