// How messages and moments look: pretty in a terminal, one line each in a pipe.

/** JSON indented, any other text as it is; characters that would steer the terminal are spelled out. */
export function pretty(text: string): string {
  const document = parse(text);
  return harmless(document === undefined ? text : JSON.stringify(document, undefined, 2));
}

/** JSON of several lines as one; other texts as they are. */
export function oneLine(text: string): string {
  if (!text.includes('\n')) return text;
  const document = parse(text);
  return document === undefined ? text : JSON.stringify(document);
}

/** `09:41:07.250` in local time. */
export function timeOfDay(at: Date): string {
  const part = (value: number, digits = 2): string => String(value).padStart(digits, '0');
  const seconds = `${part(at.getSeconds())}.${part(at.getMilliseconds(), 3)}`;
  return `${part(at.getHours())}:${part(at.getMinutes())}:${seconds}`;
}

/** Objects and lists only: a bare number or word is as pretty as it gets. */
function parse(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function harmless(text: string): string {
  return text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
