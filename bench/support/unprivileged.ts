import { runToEnd } from './runToEnd.ts';

/** The user that PostgreSQL is to run as, which refuses root: `postgres` where this is root, else nobody but this user. */
export async function unprivilegedUser(): Promise<Readonly<{ uid?: number; gid?: number }>> {
  if (process.getuid?.() !== 0) return {};
  const id = async (flag: string) => Number(await runToEnd('id', [flag, 'postgres']));
  return { uid: await id('-u'), gid: await id('-g') };
}
