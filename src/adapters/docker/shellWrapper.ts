/**
 * The main process of every container: it runs the start command as its child and passes on its exit status.
 *
 * Why there is one: the kernel drops TERM for a process 1 that does not handle it, so that a plain command could only be
 * killed; and a shell that is told to stop does not tell its children.
 *
 * - running → (the command ends) → exits with its status; the kernel then kills what the command left in the background.
 * - running → (TERM or INT) → stopping: everything else in the container gets one TERM; later TERMs do nothing.
 * - stopping → (nothing else is left) → exits with the command's status. The engine's KILL ends what does not end by itself.
 *
 * It is written for dash, BusyBox ash and bash alike, and so cannot avoid that a shell without a terminal starts a
 * background command with INT and QUIT ignored. A shell's `wait` that a signal interrupts says so by a status, not by name: after the trap it waits
 * again, and 127 then means that the first answer was the true one. Its own standard error is closed once the command
 * has it, or the shell would add "Killed" to the job's log.
 */
export const shellWrapper = `unset oneoff_stopping
trap 'trap "" TERM INT; oneoff_stopping=1; kill -TERM -1' TERM INT
/bin/sh -c "$1" &
oneoff_main=$!
exec 2>/dev/null
wait "$oneoff_main"
oneoff_status=$?
if [ -n "$oneoff_stopping" ]; then
  wait "$oneoff_main"
  oneoff_again=$?
  [ "$oneoff_again" -eq 127 ] || oneoff_status=$oneoff_again
  while kill -0 -1; do sleep 0.05 || sleep 1 || (:); done
fi
exit "$oneoff_status"
`;
