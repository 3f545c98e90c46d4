// Events that handlers of tests have printed as `EVENT {json}`, found in a node's log.
import type { TestNode } from './node.ts';

/** An event with its request context. */
export type LoggedEvent = Record<string, unknown> & {
  readonly requestContext: Record<string, unknown>;
};

/** The first event, past or future, for which `wanted` holds. */
export async function loggedEvent(
  node: TestNode,
  wanted: (context: Record<string, unknown>, event: LoggedEvent) => boolean,
): Promise<LoggedEvent> {
  const line = await node.line((candidate) => {
    const event = eventOf(candidate);
    return event !== undefined && wanted(event.requestContext, event);
  });
  return eventOf(line) as LoggedEvent;
}

function eventOf(line: Readonly<Record<string, unknown>>): LoggedEvent | undefined {
  if (line['event'] !== 'function') return undefined;
  const [, json] = /EVENT (\{.*\})/.exec(String(line['message'])) ?? [];
  return json === undefined ? undefined : (JSON.parse(json) as LoggedEvent);
}
