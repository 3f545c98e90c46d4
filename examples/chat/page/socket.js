// A WebSocket that comes back: after every end it connects again, waiting longer each time it fails.

const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 10_000;

/** Address of the chat: this page's own origin, or `?socket=wss://…` for an api somewhere else. */
export function socketUrl() {
  const given = new URLSearchParams(location.search).get('socket');
  const scheme = location.protocol === 'http:' ? 'ws' : 'wss';
  return given ?? `${scheme}://${location.host}/_aws/execute-api/chat0rooms/live`;
}

/** Calls `opened`, `received(message)` and `lost(waitMs)`; `send` answers whether the message went out. */
export function createSocket(url, { opened, received, lost }) {
  let socket;
  let failures = 0;

  const connect = () => {
    socket = new WebSocket(url);
    socket.addEventListener('open', () => {
      failures = 0;
      opened();
    });
    socket.addEventListener('message', ({ data }) => {
      const message = parse(data);
      if (message !== undefined) received(message);
    });
    socket.addEventListener('close', () => {
      const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** failures++);
      lost(wait);
      setTimeout(connect, wait * (0.5 + Math.random() / 2));
    });
  };

  connect();
  return {
    send(message) {
      if (socket.readyState !== WebSocket.OPEN) return false;
      socket.send(JSON.stringify(message));
      return true;
    },
  };
}

function parse(data) {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}
