/**
 * The parent of every command: it notes its own process id, runs the command and notes its exit status, so that both are known
 * even if nobody watches. Its arguments are the start command and the container's folder.
 *
 * `set -C` makes the file of its id one that only the first can make: whatever starts a second wrapper, there is no second
 * command. It outlives the signals that the command gets, and those that the command sends to its process group (but KILL), for
 * only it can tell the exit status; the command itself gets them as they are. Its standard error is closed but for the command,
 * or the shell would add "Killed" to the job's log; the command is run in a subshell, for a shell may take a command's
 * redirections upon itself while it waits. Output goes to files, which outlive the server: one that the command opens anew, as
 * `/dev/stderr`, is emptied.
 */
export const shellWrapper = `set -C
{ echo "$$" > "$2/pid"; } 2>/dev/null || exit 125
set +C
trap : TERM INT HUP QUIT USR1 USR2 ALRM VTALRM PROF PIPE ABRT XCPU XFSZ
exec 3>&2 2>/dev/null
(exec /bin/sh -c "$1" 2>&3 3>&-)
echo "$?" > "$2/exit"
`;
