// Finds a function's handler: module by AWS's search order, then the export path.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { renamed, RuntimeError } from './errors.ts';

/** Any callable export. */
export type HandlerFunction = (...args: unknown[]) => unknown;

/** Loads the handler that `name` (`dir/module.export.path`) means under `taskRoot`; throws `RuntimeError`s and what the module throws. */
export async function loadHandler(taskRoot: string, name: string): Promise<HandlerFunction> {
  if (name.includes('..')) {
    throw new RuntimeError(
      'Runtime.MalformedHandlerName',
      `'${name}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    );
  }
  const file = basename(name);
  const dot = file.indexOf('.');
  if (dot < 0) throw new RuntimeError('Runtime.MalformedHandlerName', 'Bad handler');
  const folder = name.slice(0, name.length - file.length);
  const module = await loadModule(taskRoot, folder, file.slice(0, dot));
  return pick(module, file.slice(dot + 1), name);
}

async function loadModule(taskRoot: string, folder: string, module: string): Promise<unknown> {
  try {
    return await findModule(taskRoot, folder, module);
  } catch (error) {
    if (error instanceof SyntaxError) throw renamed('Runtime.UserCodeSyntaxError', error);
    const code = (error as { code?: unknown } | null | undefined)?.code;
    const missing = code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND';
    if (missing && error instanceof Error) throw renamed('Runtime.ImportModuleError', error);
    throw error;
  }
}

async function findModule(taskRoot: string, folder: string, module: string): Promise<unknown> {
  const path = resolve(taskRoot, folder, module);
  const require = createRequire(join(taskRoot, 'postern-runtime.cjs'));
  if (isFile(path)) return require(path);
  if (isFile(`${path}.js`)) {
    return isModuleScope(dirname(path)) ? importFile(`${path}.js`) : require(`${path}.js`);
  }
  if (isFile(`${path}.mjs`)) return importFile(`${path}.mjs`);
  if (isFile(`${path}.cjs`)) return require(`${path}.cjs`);
  return require(require.resolve(module, { paths: [taskRoot, join(taskRoot, folder)] }));
}

async function importFile(path: string): Promise<unknown> {
  return import(pathToFileURL(path).href) as Promise<unknown>;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** Whether the nearest package.json at or above `folder` says that .js files are ES modules. */
function isModuleScope(folder: string): boolean {
  for (let at = folder; ; at = dirname(at)) {
    if (basename(at) === 'node_modules') return false;
    const file = join(at, 'package.json');
    if (existsSync(file)) return typeOf(file) === 'module';
    if (dirname(at) === at) return false;
  }
}

function typeOf(packageFile: string): unknown {
  try {
    return (JSON.parse(readFileSync(packageFile, 'utf8')) as { type?: unknown }).type;
  } catch {
    // As on AWS, a package.json that cannot be read decides nothing.
    return undefined;
  }
}

function pick(module: unknown, path: string, name: string): HandlerFunction {
  const found = follow(module, path) ?? follow((module as { default?: unknown }).default, path);
  if (found === undefined || found === null) {
    throw new RuntimeError('Runtime.HandlerNotFound', `${name} is undefined or not exported`);
  }
  if (typeof found !== 'function') {
    throw new RuntimeError('Runtime.HandlerNotFound', `${name} is not a function`);
  }
  return found as HandlerFunction;
}

function follow(module: unknown, path: string): unknown {
  let at = module;
  for (const key of path.split('.')) {
    if (at === null || (typeof at !== 'object' && typeof at !== 'function')) return undefined;
    at = (at as Record<string, unknown>)[key];
  }
  return at;
}
