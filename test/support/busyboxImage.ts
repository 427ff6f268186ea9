import { execFile } from 'node:child_process';
import { access, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const busyboxPaths = ['/bin/busybox', '/usr/bin/busybox'];

/**
 * A tar of a root file system around the machine's own static BusyBox, so that no registry is needed. Throws where there is no BusyBox.
 */
export async function busyboxRootFolder(): Promise<Buffer> {
  const path = await firstThere(busyboxPaths);
  const { stdout } = await promisify(execFile)(path, ['--list']);
  const applets = stdout.split('\n').filter((applet) => applet !== '' && applet !== 'busybox');
  return tar([
    { name: 'bin/', type: 'folder', mode: 0o755 },
    { name: 'tmp/', type: 'folder', mode: 0o1777 },
    { name: 'etc/', type: 'folder', mode: 0o755 },
    { name: 'etc/passwd', type: 'file', mode: 0o644, content: Buffer.from('root:x:0:0:root:/:/bin/sh\n') },
    { name: 'bin/busybox', type: 'file', mode: 0o755, content: await readFile(path) },
    ...applets.map((applet) => ({
      name: `bin/${applet}`,
      type: 'link' as const,
      mode: 0o777,
      target: 'busybox',
    })),
  ]);
}

export type TarEntry = Readonly<{ name: string; mode: number }> &
  (
    | Readonly<{ type: 'folder' }>
    | Readonly<{ type: 'file'; content: Buffer }>
    | Readonly<{ type: 'link'; target: string }>
  );

/** A POSIX tar. Names are at most 100 bytes. */
export function tar(entries: readonly TarEntry[]): Buffer {
  return Buffer.concat([...entries.map(tarEntry), Buffer.alloc(1024)]);
}

const typeFlags = { file: '0', link: '2', folder: '5' } as const;

function tarEntry(entry: TarEntry): Buffer {
  const content = entry.type === 'file' ? entry.content : Buffer.alloc(0);
  const header = Buffer.alloc(512);
  header.write(entry.name, 0);
  header.write(octal(entry.mode, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  header.write(octal(content.length, 11), 124);
  header.write(octal(0, 11), 136);
  header.write(' '.repeat(8), 148);
  header.write(typeFlags[entry.type], 156);
  if (entry.type === 'link') header.write(entry.target, 157);
  header.write('ustar\u000000', 257);
  header.write(
    octal(
      header.reduce((sum, byte) => sum + byte, 0),
      6,
    ),
    148,
  );
  header[154] = 0;
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
  return Buffer.concat([header, content, padding]);
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}

async function firstThere(paths: readonly string[]): Promise<string> {
  for (const path of paths) {
    const isThere = await access(path).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  throw new Error(`None of ${paths.join(', ')} is there: install a static BusyBox (Debian: busybox-static)`);
}
