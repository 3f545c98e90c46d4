// What people may call themselves, their rooms, and what they may say.

const NAME_LENGTH = 24;
const ROOM_LENGTH = 24;
const TEXT_LENGTH = 2000;

/** The message's JSON as an object; anything else is an empty one. */
export function readBody(body) {
  try {
    const value = JSON.parse(body);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** One line without control characters. */
export function cleanName(value) {
  return line(value).slice(0, NAME_LENGTH);
}

/** Lower case letters, digits and hyphens. */
export function cleanRoom(value) {
  return line(value)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, ROOM_LENGTH);
}

export function cleanText(value) {
  return typeof value === 'string' ? value.trim().slice(0, TEXT_LENGTH) : '';
}

function line(value) {
  return typeof value === 'string' ? value.replace(/[\p{C}\s]+/gu, ' ').trim() : '';
}
