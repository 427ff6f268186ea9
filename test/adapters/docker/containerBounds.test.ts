import { expect, it } from 'vitest';
import { grantableCapabilities } from '../../../src/ports/capabilities.ts';
import { begin, never, readOutput, run, specFor } from '../../contracts/containerEngine/openedEngine.ts';
import { describeWithDocker, hasDiskQuota } from '../../support/docker.ts';
import { engineForEachTest, openEngine } from './openEngine.ts';

/** The bits of CHOWN, DAC_OVERRIDE, FOWNER, KILL, SETGID, SETUID and NET_BIND_SERVICE, as in <linux/capability.h>. */
const defaultMask = '00000000000004eb';

await describeWithDocker('a command that tries to leave its container’s bounds', (connection) => {
  engineForEachTest(connection);

  it('has the documented capabilities, and can gain no others', async () => {
    const { stdout } = await run('grep -E "^Cap(Prm|Eff|Bnd)|^NoNewPrivs" /proc/self/status');
    expect(stdout.replaceAll('\t', ' ')).toBe(
      `CapPrm: ${defaultMask}\nCapEff: ${defaultMask}\nCapBnd: ${defaultMask}\nNoNewPrivs: 1\n`,
    );
  });

  it('does what package managers and entrypoints do: changes owners, reads files of others, binds port 80', async () => {
    const { stdout, exit } = await run(
      `touch /tmp/f && chown 1234:5678 /tmp/f && chmod 600 /tmp/f && cat /tmp/f && stat -c %u:%g /tmp/f
       (nc -l -p 80 & echo $! >/tmp/pid; sleep 0.2; kill "$(cat /tmp/pid)") && echo bound`,
    );
    expect(exit.exitCode).toBe(0);
    expect(stdout).toBe('1234:5678\nbound\n');
  });

  it.each([
    ['mount a file system', 'mount -t tmpfs none /tmp'],
    ['remount its root', 'mount -o remount,rw /'],
    ['make a device', 'mknod /tmp/disk b 8 0'],
    ['change its root', 'chroot / true'],
    ['open a raw socket', 'arping -c 1 -w 1 127.0.0.1'],
    ['change its routes', 'ip route add blackhole 192.0.2.0/24'],
    ['change a kernel setting', 'cat /proc/sys/kernel/panic >/proc/sys/kernel/panic'],
    ['load a kernel module', 'insmod /bin/busybox'],
    ['join another namespace', 'nsenter -t 1 -n true'],
  ])('cannot %s', async (_attempt, command) => {
    const { stdout, stderr } = await run(`${command} && echo succeeded`);
    expect(stdout).not.toContain('succeeded');
    expect(stderr).toMatch(/not permitted|permission denied|read-only/i);
  });

  it('leaves no core file, and cannot ask for one', async () => {
    const { stdout } = await run(
      'ulimit -c; ulimit -c unlimited 2>/dev/null; ulimit -Hc; cd /tmp; sh -c "kill -SEGV \\$\\$"; ls',
    );
    expect(stdout).toBe('0\n0\n');
  });

  it('has a bounded /dev/shm', async () => {
    const { stdout } = await run(
      'dd if=/dev/zero of=/dev/shm/f bs=1M count=80 2>/dev/null; stat -c %s /dev/shm/f',
    );
    expect(Number(stdout)).toBe(64 * 1024 * 1024);
  });

  it('ends as a fork bomb within its number of processes', async () => {
    const { stdout } = await run(
      'for i in $(seq 200); do sleep 60 & done 2>/dev/null; echo; kill -KILL $$; true',
    );
    expect(stdout.length).toBeLessThan(10);
  });

  it('keeps the capabilities that the operator grants', async () => {
    const { engine, close } = openEngine(connection, { capabilities: grantableCapabilities });
    const containerId = await engine.create(await specFor('mknod /tmp/null c 1 3 && echo made'), never);
    await engine.start(containerId);
    await engine.wait(containerId, never);
    expect((await readOutput(engine, containerId)).stdout.toString()).toBe('made\n');
    await engine.remove(containerId);
    await close();
  });

  it('is measured by what it wrote, and held to its size by the engine where the storage driver can', async () => {
    const { engine, close } = openEngine(connection);
    const write = 'dd if=/dev/zero of=/file bs=1M count=24 2>/dev/null; stat -c %s /file';
    const spec = { ...(await specFor(write)), diskBytes: 16 * 1024 * 1024 };
    const containerId = await engine.create(spec, never);
    await engine.start(containerId);
    await engine.wait(containerId, never);
    const wrote = Number((await readOutput(engine, containerId)).stdout.toString());
    if (await hasDiskQuota(connection)) expect(wrote).toBeLessThanOrEqual(spec.diskBytes);
    else expect(wrote).toBe(24 * 1024 * 1024);
    expect(await engine.writtenBytes(containerId)).toBeGreaterThanOrEqual(wrote);
    await engine.remove(containerId);
    await close();
  });

  it('sees no process and no file of the host', async () => {
    const containerId = await begin('ls /proc | grep -c "^[0-9]"; test -e /var/run/docker.sock || echo none');
    const { engine } = openEngine(connection);
    await engine.wait(containerId, never);
    const [processes, socket] = (await readOutput(engine, containerId)).stdout.toString().trim().split('\n');
    expect(Number(processes)).toBeLessThan(8);
    expect(socket).toBe('none');
  });
});
