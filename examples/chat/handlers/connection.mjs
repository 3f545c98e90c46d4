// $connect and $disconnect: a connection is remembered while it is open, and leaves its room with its end.
import { leaveRoom } from './push.mjs';
import { addConnection, readConnection, removeConnection } from './table.mjs';

export async function handler({ requestContext }) {
  const { eventType, connectionId } = requestContext;
  if (eventType === 'CONNECT') {
    await addConnection(connectionId);
    return { statusCode: 200 };
  }
  const { room, name } = await readConnection(connectionId);
  await removeConnection(connectionId);
  if (room !== undefined) await leaveRoom(requestContext, room, { id: connectionId, name });
  return { statusCode: 200 };
}
