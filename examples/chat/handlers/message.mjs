// say: a message to everybody in the room; and $default, for what is no message of this chat.
import { randomUUID } from 'node:crypto';
import { push, pushToRoom } from './push.mjs';
import { addMessage, readConnection } from './table.mjs';
import { cleanText, readBody } from './words.mjs';

export async function handler({ requestContext, body }) {
  const { routeKey, connectionId: id } = requestContext;
  const problem = routeKey === 'say' ? await say(requestContext, readBody(body)) : UNKNOWN;
  if (problem !== undefined) await push(requestContext, id, { type: 'error', message: problem });
  return { statusCode: 200 };
}

const UNKNOWN = 'This chat knows join, leave and say.';

async function say(context, { text: wanted }) {
  const id = context.connectionId;
  const text = cleanText(wanted);
  if (text === '') return 'There is nothing to say.';
  const { room, name } = await readConnection(id);
  if (room === undefined) return 'Join a room first.';
  const message = { id: randomUUID(), from: { id, name }, text, at: Date.now() };
  await addMessage(room, message);
  await pushToRoom(context, room, { type: 'message', room, ...message });
  return undefined;
}
