// The chat's table: one row a connection, one a member of a room, one a message, one with the names of all rooms.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';

const TableName = process.env.TABLE;
const db = DynamoDBDocumentClient.from(new DynamoDBClient({}));

/** A connection lives for two hours at most; rows that were left behind go by themselves. */
const CONNECTION_SECONDS = 3 * 60 * 60;
const MESSAGE_SECONDS = 24 * 60 * 60;
const HISTORY = 30;

const connectionKey = (id) => ({ pk: `connection#${id}`, sk: 'self' });
const memberKey = (room, id) => ({ pk: `room#${room}`, sk: `member#${id}` });
const ROOMS = { pk: 'rooms', sk: 'all' };
const inSeconds = (seconds) => Math.floor(Date.now() / 1000) + seconds;

/** Remembers a connection that has not entered a room yet. */
export async function addConnection(id) {
  const expiresAt = inSeconds(CONNECTION_SECONDS);
  await db.send(new PutCommand({ TableName, Item: { ...connectionKey(id), expiresAt } }));
}

/** `{ room, name }` of a connection in a room; anything else has no `room`. */
export async function readConnection(id) {
  const { Item } = await db.send(
    new GetCommand({ TableName, Key: connectionKey(id), ConsistentRead: true }),
  );
  return Item ?? {};
}

/** Puts a connection into a room, in both of its rows at once. */
export async function addMember(room, { id, name }) {
  const expiresAt = inSeconds(CONNECTION_SECONDS);
  const put = (Item) => ({ Put: { TableName, Item: { ...Item, expiresAt } } });
  await db.send(
    new TransactWriteCommand({
      TransactItems: [
        put({ ...connectionKey(id), room, name }),
        put({ ...memberKey(room, id), id, name }),
      ],
    }),
  );
  await changeRooms('ADD', room);
}

/** Takes a connection out of its room. The connection itself stays known. */
export async function removeMember(room, id) {
  await db.send(new DeleteCommand({ TableName, Key: memberKey(room, id) }));
  await db
    .send(
      new UpdateCommand({
        TableName,
        Key: connectionKey(id),
        UpdateExpression: 'REMOVE room',
        ConditionExpression: 'room = :room',
        ExpressionAttributeValues: { ':room': room },
      }),
    )
    .catch(ignoreFailedCondition);
}

/** Forgets a connection. */
export async function removeConnection(id) {
  await db.send(new DeleteCommand({ TableName, Key: connectionKey(id) }));
}

/** Who is in a room: `{ id, name }` each. */
export async function membersOf(room) {
  const items = await query(room, 'member#', {});
  return items.map(({ id, name }) => ({ id, name }));
}

/** Keeps a message for those who come later. */
export async function addMessage(room, message) {
  const sk = `message#${String(message.at).padStart(15, '0')}#${message.id}`;
  const Item = { pk: `room#${room}`, sk, ...message, expiresAt: inSeconds(MESSAGE_SECONDS) };
  await db.send(new PutCommand({ TableName, Item }));
}

/** The last messages of a room, oldest first. */
export async function messagesOf(room) {
  const items = await query(room, 'message#', { ScanIndexForward: false, Limit: HISTORY });
  return items.reverse().map(({ id, from, text, at }) => ({ id, from, text, at }));
}

/** Names of the rooms in which somebody is. */
export async function roomNames() {
  const { Item } = await db.send(new GetCommand({ TableName, Key: ROOMS }));
  return [...(Item?.names ?? [])].sort();
}

/** Takes an empty room off the list. */
export async function closeRoom(room) {
  await changeRooms('DELETE', room);
}

async function changeRooms(verb, room) {
  await db.send(
    new UpdateCommand({
      TableName,
      Key: ROOMS,
      UpdateExpression: `${verb} #names :names`,
      ExpressionAttributeNames: { '#names': 'names' },
      ExpressionAttributeValues: { ':names': new Set([room]) },
    }),
  );
}

async function query(room, prefix, options) {
  const { Items } = await db.send(
    new QueryCommand({
      TableName,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
      ExpressionAttributeValues: { ':pk': `room#${room}`, ':prefix': prefix },
      ConsistentRead: true,
      ...options,
    }),
  );
  return Items ?? [];
}

/** The connection has moved on to another room meanwhile. */
function ignoreFailedCondition(error) {
  if (error.name !== 'ConditionalCheckFailedException') throw error;
}
