import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// Writes THIRD-PARTY-NOTICES.md: the licenses of every package that oneoff ships, that is its production dependencies and what the pages in
// web/dist bundle. `--check` fails where the file is not what node_modules says. A license outside `acceptedLicenses` fails in either case.

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const noticesFile = 'THIRD-PARTY-NOTICES.md';

/** Permissive: they ask for their notice and no more. */
const acceptedLicenses = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'PSF-2.0',
  'Unlicense',
]);

/** Development dependencies whose code ends up in the pages that the server sends. */
const bundled = ['@graphiql/toolkit', 'graphiql', 'react', 'react-dom'];

type Locked = Readonly<{
  version?: string;
  dev?: boolean;
  devOptional?: boolean;
  dependencies?: Readonly<Record<string, string>>;
  optionalDependencies?: Readonly<Record<string, string>>;
}>;

type Manifest = Readonly<{
  name: string;
  version: string;
  license?: string | Readonly<{ type: string }>;
  licenses?: readonly Readonly<{ type: string }>[];
  author?: string | Readonly<{ name?: string }>;
}>;

export type ShippedPackage = Readonly<{
  name: string;
  version: string;
  /** An SPDX expression. */
  license: string;
  copyright: readonly string[];
  /** The license's text without its copyright lines; empty where the package has none of its own. */
  text: string;
  /** What the package's own NOTICE file says; empty where it has none, which the Apache license asks to pass on. */
  notice: string;
}>;

/** Every package that is shipped, by name and version, each once. */
export function shippedPackages(): readonly ShippedPackage[] {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Readonly<Record<string, Locked>>;
  };
  const production = Object.entries(lock.packages)
    .filter(([path, { dev, devOptional }]) => path !== '' && dev !== true && devOptional !== true)
    .map(([path]) => path);
  const paths = new Set([...production, ...bundledPaths(lock.packages)]);
  const packages = new Map<string, ShippedPackage>();
  for (const path of [...paths].filter((one) => existsSync(join(root, one)))) {
    const shipped = readPackage(join(root, path));
    packages.set(`${shipped.name} ${shipped.version}`, shipped);
  }
  return [...packages.keys()].sort().flatMap((key) => packages.get(key) ?? []);
}

/** The licenses among `packages` that nobody has accepted yet, as `package version: license`. */
export function unacceptedLicenses(packages: readonly ShippedPackage[]): readonly string[] {
  return packages
    .filter(({ license }) => !isAccepted(license))
    .map(({ name, version, license }) => `${name} ${version}: ${license}`);
}

/** The whole notices file. */
export function noticesOf(packages: readonly ShippedPackage[]): string {
  const groups = Map.groupBy(packages, (shipped) => textKey(shipped.text) || `no text ${shipped.license}`);
  const sections = [...groups.values()]
    .map((group) => ({ title: group[0]?.license ?? '', group }))
    .sort((one, other) => other.group.length - one.group.length || compare(one.title, other.title));
  return [
    '# Third-party notices',
    '',
    'oneoff itself is under the Apache License 2.0 ([LICENSE](LICENSE)). It ships the packages below, each under its own license: those of',
    'the server in `node_modules`, and those that the pages in `web/dist` bundle. `npm run notices` writes this file; `npm run check` fails when it is out of date.',
    '',
    ...sections.flatMap(({ title, group }) => section(title, group)),
  ].join('\n');
}

function bundledPaths(packages: Readonly<Record<string, Locked>>): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (name: string, from: string): void => {
    const path = resolved(packages, name, from);
    if (path === undefined || found.has(path)) return;
    found.add(path);
    const { dependencies = {}, optionalDependencies = {} } = packages[path] ?? {};
    for (const dependency of Object.keys({ ...dependencies, ...optionalDependencies }))
      visit(dependency, path);
  };
  for (const name of bundled) visit(name, '');
  return found;
}

/** Where Node finds `name` when the package at `from` asks for it. */
function resolved(
  packages: Readonly<Record<string, Locked>>,
  name: string,
  from: string,
): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const path = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    if (Object.hasOwn(packages, path)) return path;
    if (folder === '') return undefined;
    if (!folder.includes('/node_modules/')) folder = '/node_modules/';
  }
}

function readPackage(folder: string): ShippedPackage {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  const { text, copyright } = withoutCopyright(firstText(folder, '{LICEN[CS]E,licen[cs]e,COPYING}*'));
  return {
    name: manifest.name,
    version: manifest.version,
    license: licenseOf(manifest),
    copyright: copyright.length > 0 ? copyright : [authorOf(manifest)],
    text,
    notice: firstText(folder, '{NOTICE,notice,ThirdPartyNotices}*'),
  };
}

function licenseOf({ license, licenses }: Manifest): string {
  if (typeof license === 'string') return license;
  return license?.type ?? (licenses?.map(({ type }) => type).join(' OR ') || 'none');
}

function authorOf({ name, author }: Manifest): string {
  const text = typeof author === 'string' ? author : author?.name;
  return `Copyright (c) ${text?.replace(/\s*[<(].*$/, '') || `the authors of ${name}`}`;
}

function firstText(folder: string, pattern: string): string {
  const [file] = globSync(pattern, { cwd: folder })
    .filter((one) => !/\.(js|ts|json)$/.test(one))
    .sort();
  return file === undefined ? '' : readFileSync(join(folder, file), 'utf8');
}

/** `text` in two parts: its license, and the lines that name who holds the copyright. */
function withoutCopyright(text: string): Readonly<{ text: string; copyright: readonly string[] }> {
  const lines = text.replaceAll('\r', '').split('\n');
  const isCopyright = (line: string): boolean =>
    /^\W*(copyright|\(c\)|©)(?! (notice|owner|holder|license|statement|and\b|laws?\b))/i.test(line.trim());
  return {
    text: lines
      .filter((line) => !isCopyright(line))
      .join('\n')
      .trim(),
    copyright: lines
      .filter((line) => isCopyright(line) && !line.includes('[yyyy]') && !line.includes('{yyyy}'))
      .map((line) => line.trim().replace(/\s+/g, ' ')),
  };
}

/** The same for two copies of a license that differ in title, layout and quotation marks. */
function textKey(text: string): string {
  return text
    .replace(/^\s*\(?(the )?(mit|isc|bsd)[\s-]*(2-clause|3-clause)?\s*licen[cs]e\)?( \(\w+\))?:?\s*$/gim, '')
    .toLowerCase()
    .replace(/[^a-z]+/g, ' ')
    .trim();
}

function isAccepted(license: string): boolean {
  const parts = license.replace(/[()]/g, '').split(/ (AND|OR) /);
  return parts.every((part) => part === 'AND' || part === 'OR' || acceptedLicenses.has(part));
}

function section(title: string, group: readonly ShippedPackage[]): readonly string[] {
  const text = group.find((shipped) => shipped.text !== '')?.text;
  const lines = group.map(
    ({ name, version, copyright }) => `- ${name} ${version}: ${[...new Set(copyright)].join('; ')}`,
  );
  const notices = group.filter(({ notice }) => notice !== '');
  return [
    `## ${title}`,
    '',
    ...lines,
    '',
    text === undefined
      ? `These packages carry no license text of their own; their package.json names ${title}.`
      : `\`\`\`text\n${text}\n\`\`\``,
    '',
    ...notices.flatMap(({ name, notice }) => [
      `### Notice of ${name}`,
      '',
      `\`\`\`text\n${notice}\n\`\`\``,
      '',
    ]),
  ];
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function run(): void {
  const packages = shippedPackages();
  const unaccepted = unacceptedLicenses(packages);
  if (unaccepted.length > 0) throw new Error(`Licenses that nobody has accepted:\n${unaccepted.join('\n')}`);
  const path = join(root, noticesFile);
  const notices = noticesOf(packages);
  if (!process.argv.includes('--check')) {
    writeFileSync(path, notices);
    return;
  }
  const isCurrent = existsSync(path) && readFileSync(path, 'utf8') === notices;
  if (!isCurrent) throw new Error(`${noticesFile} is out of date: run npm run notices, and commit it.`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) run();
