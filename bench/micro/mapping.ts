// Cost of what a message pays before its function: route selection, the Lambda event, a template: `node bench/micro/mapping.ts`.
import { BufferBody } from '#shared/exchange/body.ts';
import { WEBSOCKET_EVENTS } from '#shared/integration/lambda-event/websocket.ts';
import { createIntegration } from '#shared/integration/kinds.ts';
import { compileRouteSelection } from '#shared/mapping/selection.ts';
import { compileTemplate } from '#shared/mapping/vtl/template.ts';
import { testConnection, testMessage, testRoute } from '../../test/support/exchange.ts';
import { testIntegration, testStageDeps } from '../../test/support/snapshot.ts';

const ROUNDS = 7;
const ROUND_MS = 150;

const text = JSON.stringify({ action: 'move', service: 'game', x: 3, items: ['a', 'b', 'c', 'd'] });
const parsed = new BufferBody(Buffer.from(text));
void parsed.json;
const connection = testConnection({ userAgent: 'duel/1', authorizer: { principalId: 'u-481' } });
const exchange = testMessage(text, { connection, route: testRoute({ routeKey: 'move' }) });
const scope = { exchange, body: parsed };

const single = compileRouteSelection('$request.body.action');
const composite = compileRouteSelection('${request.body.service}/${request.body.action}');
const wildcard = compileRouteSelection('$request.body.items[*]');
const constant = compileTemplate('{"statusCode":200}');
const small = compileTemplate(
  '{"id":"$context.connectionId","route":"$context.routeKey","action":$input.json("$.action")}',
);
const loop = compileTemplate(
  '#set($r = $input.path("$"))[#foreach($i in $r.items)"$i"#if($foreach.hasNext),#end#end]',
);

const CASES: Readonly<Record<string, () => unknown>> = {
  'JSON.parse of the message alone': () => JSON.parse(text) as unknown,
  'route $request.body.action, JSON parsed before': () => single(parsed),
  'route $request.body.action, with parsing': () => single(new BufferBody(Buffer.from(text))),
  'route of two variables, JSON parsed before': () => composite(parsed),
  'route with a wildcard (a search)': () => wildcard(parsed),
  'MESSAGE event as prepared text': () => WEBSOCKET_EVENTS.MESSAGE(exchange),
  'MESSAGE event by JSON.stringify': () => stringified(),
  'template without references': () => constant.render(scope),
  'template of three references': () => small.render(scope),
  'template with a loop of four': () => loop.render(scope),
  'two-way MOCK integration, whole': () => mock.invoke(twoWay),
};

const mock = createIntegration(
  {
    record: testIntegration({
      IntegrationType: 'MOCK',
      RequestTemplates: { $default: '{"statusCode":200}' },
    }),
    responses: [
      {
        IntegrationId: 'int1',
        IntegrationResponseId: 'ir1',
        IntegrationResponseKey: '$default',
        ResponseTemplates: { $default: '$input.body' },
      },
    ],
  },
  { ...testStageDeps(), stage: exchange.stage, events: WEBSOCKET_EVENTS },
);
const twoWay = { ...exchange, route: testRoute({ routeKey: 'move', twoWay: true }) };

/** What the prepared text saves: the same event as an object, made into text whole. */
function stringified(): string {
  const { id, receivedAt, messageId, stage, route } = exchange;
  return JSON.stringify({
    requestContext: {
      routeKey: route.routeKey,
      authorizer: connection.authorizer,
      messageId,
      eventType: 'MESSAGE',
      extendedRequestId: id,
      requestTime: '23/Oct/2024:12:49:17 +0000',
      messageDirection: 'IN',
      stage: stage.name,
      connectedAt: connection.connectedAt,
      requestTimeEpoch: receivedAt,
      identity: { userAgent: connection.userAgent, sourceIp: connection.sourceIp },
      requestId: id,
      domainName: connection.domainName,
      connectionId: connection.id,
      apiId: stage.apiId,
    },
    body: exchange.request.body.text,
    isBase64Encoded: false,
  });
}

/** Median nanoseconds of one call, by CPU time so that a busy machine matters less. */
function measure(call: () => unknown): number {
  const results: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    const end = performance.now() + ROUND_MS;
    let calls = 0;
    do {
      for (let at = 0; at < 200; at++) keep(call());
      calls += 200;
    } while (performance.now() < end);
    const { user, system } = process.cpuUsage(before);
    results.push(((user + system) * 1000) / calls);
  }
  return results.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? 0;
}

let kept: unknown;

/** Keeps the engine from dropping results that nobody reads. */
function keep(value: unknown): void {
  kept = value;
}

for (const [name, call] of Object.entries(CASES)) {
  console.log(`${name.padEnd(50)} ${measure(call).toFixed(0).padStart(7)} ns`);
}
void kept;
