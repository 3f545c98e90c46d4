// The import law: a lint rule per folder from one table, and it catches every forbidden kind of import.
import { expect, test } from 'vitest';
import { ESLint } from 'eslint';

const lint = new ESLint({ cwd: new URL('../../', import.meta.url).pathname });

/** Messages of no-restricted-imports for a file at `path` with one import of `source`. */
async function complaints(path: string, source: string): Promise<number> {
  const config = (await lint.calculateConfigForFile(path)) as {
    rules: Record<string, [number, { patterns: { regex: string }[] }]>;
  };
  const patterns = config.rules['no-restricted-imports']?.[1].patterns ?? [];
  return patterns.filter(({ regex }) => new RegExp(regex, 'iu').test(source)).length;
}

test.each([
  ['shared/model/x.ts', '#shared/runtime/clock.ts'],
  ['shared/runtime/x.ts', '#shared/exchange/errors.ts'],
  ['shared/exchange/x.ts', '#shared/mapping/vtl.ts'],
  ['shared/mapping/x.ts', '#shared/store/keys.ts'],
  ['shared/mapping/x.ts', '#shared/integration/mock.ts'],
  ['shared/integration/x.ts', '#shared/stage/compile.ts'],
  ['shared/stage/x.ts', '#shared/aws-api/mux.ts'],
  ['shared/stage/x.ts', '#services/router/message.ts'],
  ['services/router/x.ts', '#services/connection/hub.ts'],
  ['services/router/x.ts', '../connection/hub.ts'],
  ['services/control-plane/handlers/v2/x.ts', '../../../lambda/functions.ts'],
  ['services/edge/x.ts', '#services/node.ts'],
  ['services/edge/x.ts', '../../shared/model/api.ts'],
  ['services/router/x.ts', 'ws'],
  ['shared/store/memory.ts', '@aws-sdk/client-dynamodb'],
  ['shared/bus/memory.ts', 'ioredis'],
  ['services/lambda/x.ts', '@smithy/core/schema'],
  ['services/control-plane/handlers/v2/apis.ts', '@aws-sdk/client-apigatewayv2'],
])('%s may not import %s', async (path, source) => {
  expect(await complaints(path, source)).toBeGreaterThan(0);
});

test.each([
  ['shared/mapping/x.ts', '#shared/model/api.ts'],
  ['shared/stage/x.ts', '#shared/integration/mock.ts'],
  ['services/connection/socket.ts', 'ws'],
  ['services/control-plane/model.ts', '@aws-sdk/client-apigatewayv2'],
  ['services/control-plane/handlers/v2/apis.ts', '../../constraints.ts'],
])('%s may import %s', async (path, source) => {
  expect(await complaints(path, source)).toBe(0);
});
