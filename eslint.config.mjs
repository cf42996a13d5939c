import jest from 'eslint-plugin-jest';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

/** Where people are spoken to on the console. */
const consolePrograms = ['deploy/**', 'bench/**', 'docs/models/**'];

/** Composition roots, and what hands an environment on to the programs that it starts. */
const environmentReaders = [
  '**/main.ts',
  'deploy/bin/**',
  'deploy/local/end-when-asked.ts',
  'platform/embedded/**',
  'platform/supervision/program-environment.ts',
];

/** Tests, and what stands beside them for them alone. */
const tests = ['**/*.test.ts', '**/test/**/*.ts', 'tests/**/*.ts'];

const noDefaultExport = {
  selector: 'ExportDefaultDeclaration',
  message: 'Export by name: a name is found by searching, a default is not.',
};

const noEnvironment = {
  selector: 'MemberExpression[object.name="process"][property.name="env"]',
  message: 'Only main.ts reads the environment, through its config.ts: take the value as an argument.',
};

const noMethodWithTransaction = {
  selector: 'TSMethodSignature:has(TSTypeReference[typeName.name=/^(Guarded|Transaction)$/])',
  message:
    'Declare it as a property, `name: (transaction) => ...`: of a method the compiler also accepts one that demands a guarded ' +
    'transaction where any is promised.',
};

const unguarded = ':not([arguments.0.callee.name="guarded"]):not([arguments.0.name="resolve"])';
const noUnguardedTimer = {
  selector: [
    `CallExpression[callee.name=/^(setTimeout|setInterval|setImmediate|queueMicrotask)$/]${unguarded}`,
    `CallExpression[callee.object.name="process"][callee.property.name="nextTick"]${unguarded}`,
    `Property[key.name="callback"]:not([value.callee.name="guarded"]):has(> ArrowFunctionExpression)`,
  ].join(', '),
  message:
    'An exception here would end the process: hand the work over as guarded("what it does", work), of platform/telemetry.',
};

/** What can't fail, and needs no guard: it ends something, or says so to whoever waits. */
const harmless = [
  '[body.type="Identifier"]',
  '[body.callee.name=/^(clearTimeout|clearInterval|resolve|reject)$/]',
  '[body.argument.callee.property.name=/^(destroy|resume|delete|push)$/]',
];
const noUnguardedListener = {
  selector:
    'CallExpression[callee.property.name=/^(on|once|addListener|prependListener)$/] > ' +
    `:matches(ArrowFunctionExpression, FunctionExpression).arguments${harmless.map((one) => `:not(${one})`).join('')}`,
  message:
    'An exception in a listener would end the process: hand it over as guarded("what it does", listener), of platform/telemetry.',
};

const anyError = '/^(error|cause|err|thrown|reason|failure)$/';
const noMessageByHand = {
  selector: [
    `CallExpression[callee.name="String"][arguments.0.name=${anyError}]`,
    'MemberExpression[property.name="message"][object.type="TSAsExpression"][object.typeAnnotation.typeName.name="Error"]',
    'ConditionalExpression[test.operator="instanceof"][test.right.name="Error"] > MemberExpression.consequent[property.name="message"]',
  ].join(', '),
  message:
    'The message of an error may quote a password, or a value of a statement: messageOf(error), of platform/telemetry, leaves them out.',
};

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.data*/', 'coverage/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    rules: {
      complexity: ['error', 18],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'max-depth': ['error', 3],
      'max-lines': ['error', { max: 250, skipBlankLines: true, skipComments: true }],
      // A function that holds state counts with all functions inside it; `max-statements` counts without them.
      'max-lines-per-function': ['error', { max: 130, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 7],
      'max-statements': ['error', 30],
      'no-console': 'error',
      'no-constant-binary-expression': 'error',
      'no-else-return': 'error',
      'no-fallthrough': 'error',
      'no-lonely-if': 'error',
      'no-self-compare': 'error',
      'no-template-curly-in-string': 'error',
      'no-useless-rename': 'error',
      'no-var': 'error',
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx', 'hack'] }],
      'object-shorthand': 'error',
      'prefer-const': 'error',
    },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'no-restricted-syntax': [
        'error',
        noDefaultExport,
        noEnvironment,
        noUnguardedTimer,
        noUnguardedListener,
        noMessageByHand,
      ],
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_', argsIgnorePattern: '^_' }],
      '@typescript-eslint/only-throw-error': [
        'error',
        { allowRethrowing: true, allowThrowingUnknown: true, allowThrowingAny: false },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // What these find here is style that we have chosen: early returns of nothing, functions in interfaces,
      // rows that are converted whatever their type claims, state that a closure changes behind the compiler's back.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-meaningless-void-operator': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/no-unnecessary-type-conversion': 'off',
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-unsafe-enum-comparison': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['extracted/**/*.ts', 'legacy-monolith/**/*.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        noDefaultExport,
        noEnvironment,
        noUnguardedTimer,
        noUnguardedListener,
        noMessageByHand,
        noMethodWithTransaction,
      ],
    },
  },
  {
    // Tools of developers: what fails there is seen at once, and serves nobody else.
    files: consolePrograms,
    rules: { 'no-restricted-syntax': ['error', noDefaultExport, noEnvironment] },
  },
  {
    files: [...environmentReaders, ...tests],
    rules: { 'no-restricted-syntax': ['error', noDefaultExport] },
  },
  { files: consolePrograms, rules: { 'no-console': 'off' } },
  {
    // A test reads answers whose shape it is about to check, and fails where it is wrong about them.
    files: tests,
    rules: {
      'no-console': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/restrict-plus-operands': 'off',
    },
  },
  {
    files: ['**/*.test.ts'],
    extends: [jest.configs['flat/recommended']],
    settings: { jest: { version: 30 } },
    rules: {
      'max-lines': ['error', { max: 450, skipBlankLines: true }],
      'max-lines-per-function': 'off',
      'max-statements': 'off',
      'no-template-curly-in-string': 'off',
      'jest/consistent-test-it': ['error', { fn: 'it' }],
      'jest/expect-expect': [
        'error',
        { assertFunctionNames: ['expect*', '**.expect*', 'fc.assert', 'until', 'eventually'] },
      ],
      'jest/no-disabled-tests': 'error',
      'jest/no-focused-tests': 'error',
      'jest/no-standalone-expect': [
        'error',
        { additionalTestBlockFunctions: ['beforeAll', 'beforeEach', 'afterEach', 'afterAll'] },
      ],
      'jest/prefer-hooks-in-order': 'error',
      'jest/prefer-hooks-on-top': 'error',
      'jest/prefer-to-be': 'error',
      'jest/prefer-to-have-length': 'error',
      'jest/valid-title': [
        'error',
        { mustNotMatch: { it: ['^should\\b', 'Say what it does, not what it should do.'] } },
      ],
    },
  },
  prettier,
);
