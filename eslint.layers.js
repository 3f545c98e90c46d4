// The import law of the house (docs/architecture.md) as one table, from which eslint.config.js writes one complete rule per folder.

/** Layers of shared/, lowest first: a folder may import from lower rows, never from its own row's neighbours or above. */
export const SHARED_LAYERS = [
  ['model'],
  ['runtime'],
  ['exchange'],
  ['signing'],
  ['mapping', 'throttle', 'cache', 'store', 'bus'],
  ['authorizer', 'integration', 'validation'],
  ['stage', 'aws-api'],
];

/** Services never import each other; `services/*.ts` (cli, node, config) may import all of them. */
export const SERVICES = [
  'edge',
  'connection',
  'router',
  'broadcaster',
  'rest',
  'http',
  'control-plane',
  'acm',
  'lambda',
  'dynamodb',
  'deploy',
  'connect',
  'tail',
  'console',
];

/** One owner per foreign package: the only files, as globs, that may import it. */
export const PACKAGE_OWNERS = {
  ws: ['services/connection/**', 'services/connect/**'],
  ioredis: ['shared/*/redis.ts'],
  dynalite: ['services/dynamodb/**'],
  '@aws-sdk/client-dynamodb': [
    'shared/store/dynamodb*.ts',
    'services/deploy/clients.ts',
    'services/aws-services.ts',
  ],
  '@aws-sdk/client-api-gateway': ['services/control-plane/model.ts', 'services/deploy/clients.ts'],
  '@aws-sdk/client-apigatewayv2': ['services/control-plane/model.ts', 'services/deploy/clients.ts'],
  '@aws-sdk/client-apigatewaymanagementapi': ['services/broadcaster/model.ts'],
  '@aws-sdk/client-acm': ['services/acm/model.ts', 'services/deploy/clients.ts'],
  '@aws-sdk/client-lambda': ['services/lambda/model.ts', 'services/deploy/clients.ts'],
  '@smithy/core': ['shared/aws-api/**'],
  re2js: ['shared/mapping/**', 'shared/validation/**'],
  '@peculiar/x509': ['services/edge/**', 'services/acm/facts.ts'],
  'reflect-metadata': ['services/edge/**', 'services/acm/facts.ts'],
  undici: ['shared/integration/**', 'shared/store/**'],
  yaml: ['services/deploy/**', 'services/config*.ts'],
  fflate: ['services/lambda/**', 'services/deploy/**'],
  commander: ['services/cli*.ts'],
  'prom-client': ['shared/runtime/**'],
};

/** Every folder with the shared/ folders it may import. */
export function folders() {
  const rows = [];
  const below = [];
  for (const layer of SHARED_LAYERS) {
    for (const name of layer) rows.push({ path: `shared/${name}`, shared: [...below, name] });
    below.push(...layer);
  }
  for (const name of SERVICES) rows.push({ path: `services/${name}`, shared: below });
  return rows;
}

/** The complete `no-restricted-imports` options for the files of `folder` (a row of `folders()`). */
export function restrictions(folder) {
  const all = SHARED_LAYERS.flat();
  const name = folder.path.split('/')[1];
  const forbiddenShared = all.filter((other) => !folder.shared.includes(other));
  const foreignServices = SERVICES.filter((other) => folder.path !== `services/${other}`);
  const top = folder.path.startsWith('shared/') ? all : SERVICES;
  const siblings = top.filter((other) => other !== name);
  const patterns = [
    pattern(`^#shared/(${forbiddenShared.join('|')})/`, forbiddenShared.length > 0),
    pattern(`^#services/(${foreignServices.join('|')})/`, true),
    pattern('^#services/[^/]+$', true),
    pattern(`^(\\.\\./)+(${siblings.join('|')})/`, true),
    pattern('^(\\.\\./)+(shared|services|test|bench|examples)/', true),
  ];
  return patterns.filter((entry) => entry !== undefined);
}

/** Restrictions for the foreign packages that `file glob` does not own, as paths of `no-restricted-imports`. */
export function packageRestrictions(owned) {
  return Object.keys(PACKAGE_OWNERS)
    .filter((name) => !owned.includes(name))
    .map((name) => ({
      regex: `^${name}($|/)`,
      message: `${name} has one owner; see PACKAGE_OWNERS in eslint.layers.js.`,
    }));
}

function pattern(regex, wanted) {
  return wanted
    ? { regex, message: 'This import breaks the import law; see docs/architecture.md.' }
    : undefined;
}
