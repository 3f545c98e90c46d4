// The address of a TCP peer as events and policies show it.

/** IPv4 in its own form also on a dual-stack listener; empty when the socket has gone. */
export function peerAddress(remoteAddress: string | undefined): string {
  const address = remoteAddress ?? '';
  return address.startsWith('::ffff:') ? address.slice(7) : address;
}
