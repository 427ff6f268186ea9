import { describe, expect, test } from 'vitest';
import { importsOf, sourceFiles } from './support/sourceFiles.ts';

const files = sourceFiles('src');

/** What the files of each folder of src may import of the others. What stands directly in src wires, and may import all. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  ports: ['domain'],
  projections: ['ports', 'domain'],
  commands: ['ports', 'domain'],
  adapters: ['ports', 'domain'],
  processes: ['commands', 'projections', 'ports', 'domain'],
  runner: ['commands', 'projections', 'ports', 'domain'],
  api: ['commands', 'projections', 'ports', 'domain'],
  // '' stands for what is directly in src: here for the table of settings.
  cli: ['', 'api', 'processes', 'runner', 'adapters', 'commands', 'projections', 'ports', 'domain'],
};

/** Libraries that speak to something outside, which only adapters know; and those of the edge, which only the edge knows. */
const clientLibraries =
  /^(node:sqlite|dockerode|pino|pino-pretty|prom-client|nats|@nats-io\/.*|@eventstore\/db-client)$/;
const edgeLibraries =
  /^(fastify|@apollo\/.*|@as-integrations\/.*|graphql|@graphql-tools\/.*|graphql-ws|ws|dataloader)$/;

/** Builtins that reach outside the process: for adapters, for the edge, which is HTTP, for the command line and for the wiring. */
const outside =
  /^node:(fs|fs\/promises|net|tls|http|http2|https|dns|dgram|child_process|worker_threads|cluster|os)$/;
const mayReachOutside = /^src\/(adapters|api|cli)\/|^src\/[^/]+$/;

const folderOf = (path: string): string => path.split('/').slice(1, -1)[0] ?? '';
const edges = files.flatMap((file) => importsOf(file).map((imported) => ({ path: file.path, imported })));
const own = edges.filter(({ imported }) => imported.startsWith('src/'));
const foreign = edges.filter(({ imported }) => !imported.startsWith('src/'));
const show = ({ path, imported }: { path: string; imported: string }) => `${path} imports ${imported}`;

describe('imports', () => {
  test('are found: the test would see a wrong one', () => {
    expect(files.length).toBeGreaterThan(50);
    expect(own.length).toBeGreaterThan(files.length);
    const text = [
      "import { a } from 'x1';",
      "import type {\n  B,\n} from 'x2';",
      "export { c } from './c.ts';",
      "import 'x3';",
      "export function said(): string {\n  return 'x4';\n}",
      "export type Kind = 'x5' | 'x6';",
      "const d = await import('../d.ts');",
      "// import 'commented';",
    ].join('\n');
    const found = importsOf({ path: 'src/api/file.ts', text, lines: [] });
    expect(found).toEqual(['x1', 'x2', 'x3', 'src/api/c.ts', 'src/d.ts']);
  });

  test('go only inwards', () => {
    const wrong = own.filter(({ path, imported }) => {
      const [from, to] = [folderOf(path), folderOf(imported)];
      return from !== '' && from !== to && !mayImport[from]?.includes(to);
    });
    expect(wrong.map(show)).toEqual([]);
  });

  test('of one adapter are not of another, but of what they share', () => {
    const adapterOf = (path: string): string | undefined => /^src\/adapters\/([^/]+)\//.exec(path)?.[1];
    const wrong = own.filter(({ path, imported }) => {
      const [from, to] = [adapterOf(path), adapterOf(imported)];
      return from !== undefined && to !== undefined && from !== to && to !== 'shared';
    });
    expect(wrong.map(show)).toEqual([]);
  });

  test('of main there are none', () => {
    expect(own.filter(({ imported }) => imported === 'src/main.ts').map(show)).toEqual([]);
  });

  test('of the domain are of the domain and zod alone', () => {
    const wrong = foreign.filter(
      ({ path, imported }) => path.startsWith('src/domain/') && imported !== 'zod',
    );
    expect(wrong.map(show)).toEqual([]);
  });

  test('of client libraries are of adapters alone', () => {
    const wrong = foreign.filter(
      ({ path, imported }) => clientLibraries.test(imported) && !path.startsWith('src/adapters/'),
    );
    expect(wrong.map(show)).toEqual([]);
  });

  test('of the libraries of the edge are of the edge, and of the command line as a client of it', () => {
    const wrong = foreign.filter(
      ({ path, imported }) => edgeLibraries.test(imported) && !/^src\/(api|cli)\//.test(path),
    );
    expect(wrong.map(show)).toEqual([]);
  });

  test('of operations are of no transport, which all call them', () => {
    const isTransport = (imported: string) =>
      /^src\/api\/(graphql|rest|mcp|server)\//.test(imported) || edgeLibraries.test(imported);
    const wrong = edges.filter(
      ({ path, imported }) => path.startsWith('src/api/operations/') && isTransport(imported),
    );
    expect(wrong.map(show)).toEqual([]);
  });

  test('of what reaches outside the process are at the rim', () => {
    const wrong = foreign.filter(
      ({ path, imported }) => outside.test(imported) && !mayReachOutside.test(path),
    );
    expect(wrong.map(show)).toEqual([]);
  });

  test('end in .ts and lead to files that are there', () => {
    const paths = new Set(files.map(({ path }) => path));
    const wrong = own.filter(({ imported }) => !paths.has(imported) && !imported.includes('/generated/'));
    expect(wrong.map(show)).toEqual([]);
  });

  test('make no circle between folders', () => {
    const links = new Map<string, Set<string>>();
    for (const { path, imported } of own) {
      const [from, to] = [folderOf(path), folderOf(imported)];
      if (from !== '' && from !== to) links.set(from, (links.get(from) ?? new Set()).add(to));
    }
    expect(circlesIn(links)).toEqual([]);
  });
});

function circlesIn(links: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] {
  const circles: string[] = [];
  const visit = (folder: string, trail: readonly string[]): void => {
    if (trail.includes(folder)) circles.push([...trail.slice(trail.indexOf(folder)), folder].join(' → '));
    else for (const next of links.get(folder) ?? []) visit(next, [...trail, folder]);
  };
  for (const folder of links.keys()) visit(folder, []);
  return circles;
}
