// What an open socket writes to and is told by: its WebSocket, with or without compression.
import type { Disconnect } from '#shared/model/exchange.ts';

/** Hears what happens to a transport, in this order: messages and pings, perhaps a violation, `closed` once. */
export interface TransportOwner {
  /** A whole message; a text is valid UTF-8. No text comes while the transport is paused, nothing from the first close frame. */
  receive(data: Buffer, binary: boolean): void;
  /** A ping; to be answered with `pong`. */
  receivePing(data: Buffer): void;
  /** The client has broken the protocol or a limit; the transport closes by itself. */
  violated(ending: Disconnect): void;
  /** The connection is gone: code and reason of the client's close frame, 1005 without a code, 1006 without a frame. */
  closed(code: number, reason: Buffer): void;
}

/** A WebSocket after its 101, which answers close frames and violations by itself. */
export interface Transport {
  /** To be set in the turn in which it is made. */
  owner: TransportOwner | undefined;
  /** Whether messages can go in and out: false from the first close frame of either side. */
  readonly open: boolean;
  /** Bytes that the kernel has not taken. */
  readonly queuedBytes: number;
  readonly paused: boolean;
  /** Whether what is sent now leaves together with what answers the same bytes that were read. */
  readonly gathers: boolean;
  /** Begins to gather: answers to what is being read leave as one. */
  gather(): void;
  /** Sends `data` as a text message; it must not be changed afterwards. */
  send(data: Uint8Array): void;
  pong(data: Buffer): void;
  /** Sends a close frame and waits a bounded time for the client's. */
  close(code: number, reason: string): void;
  /** Drops the TCP connection. */
  terminate(): void;
  /** Reads no further messages; the client has to wait. */
  pause(): void;
  /** Reads on. May come to be paused again before it returns. */
  resume(): void;
}
