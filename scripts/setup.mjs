// Runs before `npm start` and `npm test`, on whatever Node.js npm itself runs on and with nothing installed: so plain JavaScript.
// Makes sure that what package-lock.json asks for is installed, that node_modules/.bin/node is new enough to run oneoff, and, with
// `--web`, that the pages are built from the sources as they are; with `--compile`, that the server is compiled from its own. When all is
// there already it says nothing and takes no time.

import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const inRoot = (...parts) => join(root, ...parts);
const lockHashFile = inRoot('node_modules', '.oneoff-lock-hash');
const webHashFile = inRoot('node_modules', '.oneoff-web-hash');
const compiledHashFile = inRoot('node_modules', '.oneoff-compiled-hash');
const runtime = inRoot('node_modules', '.bin', 'node');
const leastNodeMajor = 24;
const progressEveryMs = 15_000;

/** What the user can mend; shown without a stack. */
class SetupError extends Error {}

try {
  await setUp();
  if (process.argv.includes('--web')) await setUpWeb();
  if (process.argv.includes('--compile')) await setUpCompiled();
} catch (error) {
  console.error(error instanceof SetupError ? `\n${error.message}` : error);
  process.exitCode = 1;
}

async function setUp() {
  const lockHash = hashFiles([inRoot('package-lock.json')]);
  if (readHash(lockHashFile) === lockHash && existsSync(runtime)) return;
  if (!isInstalled()) await install();
  checkRuntime();
  writeFileSync(lockHashFile, lockHash);
}

async function setUpWeb() {
  const webHash = hashFiles([inRoot('package-lock.json'), ...sourcesIn('web')]);
  if (readHash(webHashFile) === webHash && existsSync(inRoot('web', 'dist', 'index.html'))) return;
  await buildWeb();
  writeFileSync(webHashFile, webHash);
}

/** Only the first start gains from it, so one that fails is no reason not to start: the start itself then says why. */
async function setUpCompiled() {
  const hash = hashFiles([inRoot('package-lock.json'), inRoot('package.json'), ...sourcesIn('src')]);
  if (readHash(compiledHashFile) === hash) return;
  const { code } = await run('Compiling the server (a few seconds)', runtime, [
    inRoot('scripts', 'compile.mjs'),
  ]);
  if (code === 0) writeFileSync(compiledHashFile, hash);
}

/** Whether node_modules holds what the lock asks for, as after an `npm install` by hand. npm keeps its own list of what is there. */
function isInstalled() {
  const hiddenLock = inRoot('node_modules', '.package-lock.json');
  if (!existsSync(hiddenLock) || !existsSync(runtime)) return false;
  const wanted = packagesOf(inRoot('package-lock.json'));
  const present = packagesOf(hiddenLock);
  // What is optional may be for another platform, and its absence is right.
  return Object.entries(wanted).every(([path, { version, optional, devOptional }]) => {
    return (
      path === '' ||
      (present[path] === undefined ? Boolean(optional || devOptional) : present[path].version === version)
    );
  });
}

function packagesOf(lockFile) {
  return JSON.parse(readFileSync(lockFile, 'utf8')).packages;
}

async function install() {
  const npm = process.env.npm_execpath ?? '';
  const [command, ...first] = npm.endsWith('npm-cli.js') ? [process.execPath, npm] : ['npm'];
  const flags = [
    '--include=dev',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    '--color=false',
    '--progress=false',
  ];
  const { code, output } = await run('Installing dependencies (this once; about a minute)', command, [
    ...first,
    'ci',
    ...flags,
  ]);
  if (code === 0) return;
  throw new SetupError(
    `${output}\noneoff cannot start: its dependencies could not be installed (npm ci ended with ${code}; what it said is above).\n` +
      'Check that this machine reaches the npm registry and that this folder can be written to, then run the command again.',
  );
}

function checkRuntime() {
  const { stdout, error } = spawnSync(runtime, ['--version'], { encoding: 'utf8' });
  const found = error === undefined ? stdout.trim() : String(error.message);
  if (Number(/^v(\d+)\./.exec(found)?.[1]) >= leastNodeMajor) return;
  throw new SetupError(
    `oneoff needs Node.js ${leastNodeMajor} or newer, and the npm package \`node\` should have put one at node_modules/.bin/node.\n` +
      `There: ${found}\n` +
      `Remove the folder node_modules and run the command again; or install Node.js ${leastNodeMajor} and run \`node src/main.ts\`.`,
  );
}

async function buildWeb() {
  const vite = inRoot('node_modules', 'vite', 'bin', 'vite.js');
  const args = [vite, 'build', 'web', '--logLevel', 'error'];
  const { code, output } = await run('Building the web page (a few seconds)', runtime, args, {
    NODE_ENV: 'production',
  });
  if (code === 0) return;
  throw new SetupError(
    `${output}\nThe web page could not be built (vite build ended with ${code}; what it said is above).`,
  );
}

/** Runs a command and answers how it ended and all that it printed; meanwhile one line now and then tells that it goes on. */
async function run(title, command, args, environment = {}) {
  const startedMs = Date.now();
  const seconds = () => Math.round((Date.now() - startedMs) / 1000);
  console.error(`${title} …`);
  const progress = setInterval(() => console.error(`  … ${seconds()} s`), progressEveryMs);
  try {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    const code = await new Promise((ended) =>
      child.on('error', (error) => ended(error.message)).on('close', (exit, signal) => ended(exit ?? signal)),
    );
    if (code === 0) console.error(`  done in ${seconds()} s`);
    return { code, output };
  } finally {
    clearInterval(progress);
  }
}

function sourcesIn(folder) {
  const names = readdirSync(inRoot(folder), { recursive: true, withFileTypes: true });
  const paths = names
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  return paths.filter((path) => !path.startsWith(inRoot('web', 'dist'))).sort();
}

function hashFiles(paths) {
  const hash = createHash('sha256');
  for (const path of paths)
    hash.update(path.slice(root.length)).update('\0').update(readFileSync(path)).update('\0');
  return hash.digest('hex');
}

function readHash(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
