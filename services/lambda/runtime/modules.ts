// Module resolution of a function: its own packages first, AWS SDK v3 from Postern's, nothing from folders around it.
import { realpathSync } from 'node:fs';
import { createRequire, isBuiltin, registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';

/** What AWS's Node.js runtimes bring (dg lambda-nodejs: "the AWS SDK for JavaScript version 3"). */
const PROVIDED = /^@(?:aws-sdk|smithy)\//;

const BARE = /^(?![./#]|[a-z]+:)/;

/** Lets modules below `taskRoot` find the SDK, and keeps them from finding what happens to lie in the folders above. */
export function installModules(taskRoot: string): void {
  const root = `${pathToFileURL(realpathSync(taskRoot)).href}/`;
  const own = createRequire(import.meta.url);
  registerHooks({
    resolve(specifier, context, next) {
      if (!BARE.test(specifier) || isBuiltin(specifier)) return next(specifier, context);
      if (context.parentURL?.startsWith(root) !== true) return next(specifier, context);
      try {
        const found = next(specifier, context);
        if (found.url.startsWith(root) || !found.url.startsWith('file:')) return found;
        if (!PROVIDED.test(specifier)) throw missing(specifier, context.conditions);
      } catch (error) {
        if (!PROVIDED.test(specifier)) throw error;
      }
      // `next` ignores another parent for CommonJS, so that one is resolved by hand.
      if (!context.conditions.includes('require')) {
        return next(specifier, { ...context, parentURL: import.meta.url });
      }
      return { url: pathToFileURL(own.resolve(specifier)).href, shortCircuit: true };
    },
  });
}

/** The error Node gives for a package that is nowhere. */
function missing(specifier: string, conditions: readonly string[]): Error {
  const commonJs = conditions.includes('require');
  const error = new Error(
    commonJs ? `Cannot find module '${specifier}'` : `Cannot find package '${specifier}'`,
  );
  return Object.assign(error, { code: commonJs ? 'MODULE_NOT_FOUND' : 'ERR_MODULE_NOT_FOUND' });
}
