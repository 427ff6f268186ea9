import { configurationTable } from '../configurationTable.ts';
import type { Variable } from '../settingKinds.ts';

/** The table of settings in Markdown, as `docs/reference/configuration.md` shows it. */
export function configurationPage(): string {
  const rows = Object.values<Variable<unknown>>(configurationTable).map(
    ({ variable, default: value, unit, reason }) =>
      `| \`${variable}\` | ${shown(value)} | ${unit} | ${reason} |`,
  );
  return ['| variable | default | unit or choices | why |', '|---|---|---|---|', ...rows].join('\n');
}

function shown(value: unknown): string {
  return value === null || String(value) === '' ? '(empty)' : `\`${String(value)}\``;
}
