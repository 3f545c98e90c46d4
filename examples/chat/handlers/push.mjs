// Pushes to browsers over @connections, and forgets those that have gone.
import {
  ApiGatewayManagementApiClient,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { closeRoom, membersOf, removeConnection, removeMember } from './table.mjs';

const clients = new Map();

/** The management client of the stage that an event came from; kept while the function is warm. */
function clientOf({ domainName, stage }) {
  const endpoint = `https://${domainName}/${stage}`;
  if (!clients.has(endpoint))
    clients.set(endpoint, new ApiGatewayManagementApiClient({ endpoint }));
  return clients.get(endpoint);
}

/** Sends one message to one connection; `false` when it has gone. */
export async function push(context, connectionId, message) {
  try {
    await clientOf(context).send(
      new PostToConnectionCommand({ ConnectionId: connectionId, Data: JSON.stringify(message) }),
    );
    return true;
  } catch (error) {
    if (error.name !== 'GoneException') throw error;
    return false;
  }
}

/** Sends one message to everybody in a room but `except`; whoever has gone leaves the room. */
export async function pushToRoom(context, room, message, except) {
  const members = (await membersOf(room)).filter(({ id }) => id !== except);
  const there = await Promise.all(members.map(({ id }) => push(context, id, message)));
  const gone = members.filter((_member, at) => !there[at]);
  await Promise.all(gone.map(({ id }) => removeConnection(id)));
  for (const member of gone) await leaveRoom(context, room, member);
}

/** Takes a member out of a room and tells the others. */
export async function leaveRoom(context, room, { id, name }) {
  await removeMember(room, id);
  const left = await membersOf(room);
  if (left.length === 0) await closeRoom(room);
  else await pushToRoom(context, room, { type: 'left', room, id, name });
}
