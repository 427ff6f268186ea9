import { WebSocket } from 'ws';

export type PacedSocketOptions = Readonly<{
  /** Beyond so many bytes waiting to be taken, `send` waits and nothing more is read from the peer. */
  slowSubscriberBytes: number;
  /** The longest that bytes may wait without the peer taking any. */
  slowSubscriberMs: number;
  /** Called when the peer has taken nothing for so long. */
  onStalled: () => void;
}>;

export type PacedSocket = Readonly<{
  /** Answers once the peer has taken enough for more to be sent, or the socket is closed. Never rejects: a failed socket closes. */
  send(text: string): Promise<void>;
  /** Whether the peer takes too little, so that it is not being read from either. */
  held(): boolean;
}>;

/**
 * Sends no faster than the peer takes. Modes:
 * - flowing: at most `slowSubscriberBytes` wait; `send` answers at once.
 * - held: more wait; `send` answers when they are fewer again, and reading stops, so that a peer cannot fill memory with
 *   the answers to what it asks. Entered by a send, left by a write that ends.
 * - stalled: bytes have waited, in either mode, for `slowSubscriberMs` without one write ending. There is no way out: `onStalled`.
 */
export function createPacedSocket(socket: WebSocket, options: PacedSocketOptions): PacedSocket {
  const { slowSubscriberBytes, slowSubscriberMs, onStalled } = options;
  let waiting: (() => void)[] = [];
  let stallTimer: NodeJS.Timeout | undefined;

  function resume(): void {
    const woken = waiting;
    waiting = [];
    socket.resume();
    for (const wake of woken) wake();
  }

  function wrote(): void {
    clearTimeout(stallTimer);
    const stillWaiting = socket.bufferedAmount > 0 && socket.readyState !== WebSocket.CLOSED;
    stallTimer = stillWaiting ? setTimeout(onStalled, slowSubscriberMs) : undefined;
    if (waiting.length > 0 && socket.bufferedAmount <= slowSubscriberBytes) resume();
  }

  socket.once('close', () => {
    clearTimeout(stallTimer);
    resume();
  });

  return {
    held: () => socket.isPaused,
    send: (text) => {
      if (socket.readyState !== WebSocket.OPEN) return Promise.resolve();
      socket.send(text, wrote);
      stallTimer ??= setTimeout(onStalled, slowSubscriberMs);
      if (socket.bufferedAmount <= slowSubscriberBytes) return Promise.resolve();
      socket.pause();
      return new Promise((resolve) => waiting.push(resolve));
    },
  };
}
