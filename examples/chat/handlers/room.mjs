// join and leave: a connection is in one room at a time, under one name.
import { leaveRoom, push, pushToRoom } from './push.mjs';
import { addMember, membersOf, messagesOf, readConnection, roomNames } from './table.mjs';
import { cleanName, cleanRoom, readBody } from './words.mjs';

export async function handler({ requestContext, body }) {
  const { routeKey, connectionId: id } = requestContext;
  const present = await readConnection(id);
  if (present.room !== undefined) {
    await leaveRoom(requestContext, present.room, { id, name: present.name });
  }
  if (routeKey === 'join') await join(requestContext, readBody(body));
  return { statusCode: 200 };
}

async function join(context, { room: wantedRoom, name: wantedName }) {
  const id = context.connectionId;
  const room = cleanRoom(wantedRoom);
  const name = cleanName(wantedName);
  if (room === '' || name === '') {
    await push(context, id, { type: 'error', message: 'A name and a room are needed.' });
    return;
  }
  const you = { id, name };
  await addMember(room, you);
  const [members, messages, rooms] = await Promise.all([
    membersOf(room),
    messagesOf(room),
    roomNames(),
  ]);
  await push(context, id, { type: 'joined', room, you, members, messages, rooms });
  await pushToRoom(context, room, { type: 'entered', room, member: you }, id);
}
