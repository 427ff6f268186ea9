import { arch, cpus, loadavg, release, totalmem, type } from 'node:os';

/** What the figures were measured on, and how busy it was beforehand. */
export function machineLine(): string {
  const cores = cpus();
  const memory = `${(totalmem() / 1024 ** 3).toFixed(0)} GiB`;
  const busy = loadavg().map((value) => value.toFixed(2));
  return `${cores.length} × ${cores[0]?.model} (${arch()}), ${memory}, ${type()} ${release()}, Node.js ${process.version}; load average ${busy.join(' ')}`;
}
