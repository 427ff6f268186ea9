import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

/** A block of shell commands of a page, what the page says it prints (null: nothing is said), and what it printed. */
export type RunExample = Readonly<{ commands: string; shown: string | null; printed: string }>;

export type PageOptions = Readonly<{
  /** Where the commands run. */
  folder: string;
  environment: Readonly<Record<string, string | undefined>>;
  /** Texts of the page that stand for what only a run knows, such as its address. */
  replace: Readonly<Record<string, string>>;
}>;

const block = /^```(\w+)\n(.*?)^```$/gms;
const marker = '----- end of block -----';

/**
 * Runs a page's `sh` blocks as a reader who pastes one after the other does: in one shell, which stops at the first command that fails. A
 * block of another language that directly follows is what the page shows of its output. Throws what was printed where a command fails.
 */
export async function runPage(page: string, options: PageOptions): Promise<readonly RunExample[]> {
  const { folder, environment, replace } = options;
  let text = readFileSync(page, 'utf8');
  for (const [from, to] of Object.entries(replace)) text = text.replaceAll(from, to);
  const examples = examplesIn(text);
  const script = examples.flatMap(({ commands }) => [commands, `echo '${marker}'`]).join('\n');
  const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
  });
  const printed = stdout.split(`${marker}\n`);
  return examples.map((example, index) => ({ ...example, printed: printed[index] ?? '' }));
}

function examplesIn(text: string): readonly Omit<RunExample, 'printed'>[] {
  const blocks = [...text.matchAll(block)].map((found) => ({
    language: found[1],
    body: found[2] ?? '',
    start: found.index,
    end: found.index + found[0].length,
  }));
  return blocks.flatMap(({ language, body, end }, index) => {
    if (language !== 'sh') return [];
    const next = blocks[index + 1];
    const follows = next !== undefined && next.language !== 'sh' && text.slice(end, next.start).trim() === '';
    return [{ commands: body, shown: follows ? next.body : null }];
  });
}

/** A text without what differs from run to run: ids, instants, amounts. */
export function withoutChance(text: string): string {
  return (
    text
      // The page shows what containers print, and is tried with local processes.
      .replaceAll(' It ran without isolation.', '')
      .replace(/\b(srv|crn|job|bld|tok|wks)-[0-9a-v]{20}\b/g, '$1-…')
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '(instant)')
      .replace(/"\d+\.\d{9}"/g, '"(amount)"')
  );
}
