import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

type Profile = Readonly<{
  nodes: readonly Readonly<{
    id: number;
    callFrame: Readonly<{ functionName: string; url: string; lineNumber: number }>;
  }>[];
  samples: readonly number[];
  timeDeltas: readonly number[];
}>;

const shownFunctions = 25;
const shownPackages = 12;

/** What makes `node` write a profile of itself into `folder` when it ends. */
export function profilingEnvironment(folder: string): Readonly<Record<string, string>> {
  return { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${folder}` };
}

/** Where the time of all profiles in `folder` went, in lines to print: by package and by function, in parts of the time that was not idle. */
export function profileLines(folder: string): readonly string[] {
  const byFunction = new Map<string, number>();
  const byPackage = new Map<string, number>();
  let busy = 0;
  let idle = 0;
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.cpuprofile'))) {
    const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Profile;
    const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
    samples.forEach((id, index) => {
      const frame = frames.get(id);
      const micros = timeDeltas[index] ?? 0;
      if (frame?.functionName === '(idle)') idle += micros;
      if (frame === undefined || frame.functionName === '(idle)') return;
      busy += micros;
      add(
        byFunction,
        `${frame.functionName || '(anonymous)'} ${shortUrl(frame.url)}:${frame.lineNumber + 1}`,
        micros,
      );
      add(byPackage, packageOf(frame), micros);
    });
  }
  const show = (sums: ReadonlyMap<string, number>, most: number) =>
    [...sums]
      .sort(([, one], [, other]) => other - one)
      .slice(0, most)
      .map(([name, micros]) => `    ${((100 * micros) / busy).toFixed(1).padStart(5)} %  ${name}`);
  return [
    `  profile: ${(busy / 1e6).toFixed(1)} s busy, ${(idle / 1e6).toFixed(1)} s idle; by package`,
    ...show(byPackage, shownPackages),
    '  by function (its own time)',
    ...show(byFunction, shownFunctions),
  ];
}

function add(sums: Map<string, number>, name: string, micros: number): void {
  sums.set(name, (sums.get(name) ?? 0) + micros);
}

function packageOf({ url, functionName }: Profile['nodes'][number]['callFrame']): string {
  if (url === '') return functionName === '(garbage collector)' ? functionName : '(native)';
  const [, name] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? [];
  if (name !== undefined) return name;
  const [, folder] = /\/(src\/[^/]+)\//.exec(url) ?? [];
  return folder ?? (url.startsWith('node:') ? 'node' : shortUrl(url));
}

function shortUrl(url: string): string {
  return url.replace(/^file:\/\//, '').replace(/.*\/(node_modules|src|bench)\//, '$1/');
}
