// Lint rules: typed TypeScript rules, and the import law of eslint.layers.js written out per folder.
import { basename, dirname, matchesGlob } from 'node:path';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';
import { folders, packageRestrictions, PACKAGE_OWNERS, restrictions } from './eslint.layers.js';

/** The folder's rule, and one complete rule for each file pattern in it that owns further packages. */
function lawFor(folder) {
  const own = ownersOf(`${folder.path}/**`);
  const narrow = Object.values(PACKAGE_OWNERS)
    .flat()
    .filter((glob) => !glob.endsWith('/**') && matchesGlob(folder.path, dirname(glob)));
  const rules = [[`${folder.path}/**/*.ts`, own]];
  for (const glob of new Set(narrow)) {
    rules.push([`${folder.path}/${basename(glob)}`, [...own, ...ownersOf(glob)]]);
  }
  return rules.map(([files, owned]) => ({
    files: [files],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [...restrictions(folder), ...packageRestrictions(owned)] },
      ],
    },
  }));
}

/** The foreign packages that the owner pattern `glob` owns. */
function ownersOf(glob) {
  return Object.entries(PACKAGE_OWNERS)
    .filter(([, globs]) => globs.includes(glob))
    .map(([name]) => name);
}

export default tseslint.config(
  { ignores: ['node_modules/', '.postern/', '.cache/', 'bench/results/', 'test/fixtures/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/only-throw-error': 'error',
      eqeqeq: 'error',
      'prefer-const': 'error',
      'no-console': 'error',
    },
  },
  { files: ['test/**/*.ts', 'bench/**/*.ts'], rules: { 'no-console': 'off' } },
  ...folders().flatMap(lawFor),
  prettier,
);
