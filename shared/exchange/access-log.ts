// The format of an access log, compiled to a function that writes its lines. AWS guide: websocket-api-logging.
import { contextVariable, type ContextExchange, type Outcome } from './context.ts';

/** Writes the line of one exchange. */
export type AccessLogFormat = (exchange: ContextExchange, outcome: Outcome) => string;

/** What stands for a variable without a value. */
const ABSENT = '-';
const VARIABLE = /\$context\.([A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*)/g;
const LINE_BREAKS = /[\r\n]+/g;

type Part = string | ((exchange: ContextExchange, outcome: Outcome) => string);

/** Compiles `format`. Names that a WebSocket api has not (an HTTP api's `httpMethod`) are never there. */
export function compileAccessLog(format: string): AccessLogFormat {
  const parts: Part[] = [];
  let at = 0;
  for (const match of format.matchAll(VARIABLE)) {
    parts.push(format.slice(at, match.index), variable(match[1] ?? ''));
    at = match.index + match[0].length;
  }
  parts.push(format.slice(at));
  return (exchange, outcome) => {
    let line = '';
    for (const part of parts) line += typeof part === 'string' ? part : part(exchange, outcome);
    return line;
  };
}

/** A value is one stretch of one line, whatever a client or an authorizer has put into it. */
function variable(name: string): Part {
  const found = contextVariable(name);
  if (found === undefined) return ABSENT;
  return (exchange, outcome) => {
    const value = found.read(exchange, outcome);
    if (value === undefined || value === '') return ABSENT;
    return typeof value === 'number' ? String(value) : value.replace(LINE_BREAKS, ' ');
  };
}
