/**
 * Which room may import which, and which package lives where. Whoever wants a new road between two rooms changes this table,
 * and that is what a reviewer looks at.
 */
import type { Rules } from './rooms.ts';

const clock = 'clock/port.ts';
const ports = '*/port.ts';

export const rules: Rules = {
  rooms: {
    // Pure: rules, types, words, settings, and the order of things.
    domain: { imports: [], world: false },
    config: { imports: ['domain', clock], world: false },
    render: { imports: ['domain', clock], world: false },
    flow: { imports: ['domain', 'config', 'render', 'observe', ports], world: false },
    // Where programs come from: the operator's PATH, and which of its programs the server starts itself.
    programs: { imports: ['domain'], world: true },
    // Adapters.
    clock: { imports: [], port: true, world: true },
    observe: { imports: ['domain', clock], world: true },
    forge: { imports: ['domain', 'observe', clock], port: true, world: true },
    git: { imports: ['domain', 'observe', 'programs', clock], port: true, world: true },
    runner: { imports: ['domain', 'observe', clock], port: true, world: true },
    // A step of a runner is what a sandbox runs.
    // The run host is a process of its own, and so needs a clock of its own.
    sandbox: {
      imports: ['domain', 'observe', 'programs', clock, 'clock/system.ts', 'runner/port.ts'],
      port: true,
      world: true,
    },
    store: { imports: ['domain', 'observe', clock], port: true, world: true },
    // What a release is and how it is signed is the runner's to say.
    tools: { imports: ['domain', 'observe', clock, 'runner/port.ts'], port: true, world: true },
    notify: { imports: ['domain', clock], port: true, world: true },
    web: { imports: ['domain', 'config', 'render', 'observe', ports], world: true },
    // A program that meets the contract of a runner as an operator's own would: it knows nothing of who starts it.
    helm: { imports: [], world: true },
    // A world of its own: it must know nothing of the bot that it stands in for GitHub to.
    hub: { imports: [clock], world: true },
    // Another one, that stands in for Kubernetes to helm and kubectl.
    cluster: { imports: [clock], world: true },
    // Puts together what it asks with, as `app` does for the server: no more of the adapters than that.
    doctor: {
      imports: [
        'domain',
        'config',
        'observe',
        'programs',
        ports,
        'clock/system.ts',
        'forge/github/app-desk.ts',
        'git/local/version.ts',
        'runner/load.ts',
        'sandbox/local/isolation/choose.ts',
      ],
      world: true,
    },
    // Reads what a server left, and no more of the store than that.
    audit: {
      imports: [
        'domain',
        'config',
        'clock/system.ts',
        'store/audit-sign.ts',
        'store/audit-trail.ts',
        'store/data-folder.ts',
        'store/install-keys.ts',
      ],
      world: true,
    },
    // Puts a checkout together with the stages of a server, as `app` does with a forge: no more of the adapters than that.
    cli: {
      imports: [
        'arguments',
        'domain',
        'config',
        'flow',
        'render',
        'observe',
        'programs',
        ports,
        'clock/system.ts',
        'git/local/git.ts',
        'git/local/version.ts',
        'git/local/work-tree.ts',
        'runner/load.ts',
        'runner/read/hcl.ts',
        'sandbox',
        'store/blobs/memory.ts',
        // One writer for the mirror of providers.
        'store/file-lock.ts',
        'store/sync-folder.ts',
        'tools/tools.ts',
        'store/memory/store.ts',
      ],
      world: true,
    },
    // What was meant by a word that is none is known there.
    arguments: { imports: ['domain'], world: false },
    usage: { imports: ['domain'], world: false },
    demo: { imports: ['app', 'hub', 'cluster', 'clock', 'config', 'domain', 'observe', ports], world: true },
    app: {
      imports: [
        'domain',
        'config',
        'flow',
        'clock',
        'observe',
        'programs',
        'forge',
        'git',
        'runner',
        'sandbox',
        'store',
        'tools',
        'notify',
        'render',
        'web',
      ],
      world: true,
    },
    main: {
      imports: ['app', 'arguments', 'config', 'domain', 'observe', 'programs', 'usage'],
      dynamic: ['demo', 'doctor', 'audit', 'cli'],
      world: true,
    },
  },
  packages: {
    probot: ['forge/github'],
    '@octokit/openapi-types': ['forge/github', 'hub'],
    '@octokit/webhooks-types': ['forge/github', 'hub'],
    '@octokit/*': ['forge/github'],
    // `helm` starts helm and kubectl.
    execa: ['git/local', 'hub', 'helm'],
    'node-pty': ['sandbox/local/host'],
    kysely: ['store'],
    'p-queue': ['flow'],
    handlebars: ['render'],
    ansi_up: ['render'],
    hono: ['web', 'hub'],
    '@hono/*': ['web', 'hub'],
    '@marcbachmann/cel-js': ['config'],
    croner: ['config'],
    // Manifests are YAML.
    yaml: ['config', 'helm', 'cluster'],
    '@cdktn/hcl2json': ['runner/read'],
    diff: ['runner/read'],
    pino: ['observe'],
    openpgp: ['tools'],
    yauzl: ['tools'],
    'prom-client': ['observe'],
    // The border of each room that reads what others wrote: files, rows, answers, forms.
    zod: [
      'config',
      'doctor',
      'helm',
      'runner',
      'store',
      'sandbox',
      'forge',
      'flow',
      'notify',
      'tools',
      'web',
      'hub',
      'demo',
    ],
    // GitHub-flavoured Markdown as GitHub shows it.
    unified: ['hub'],
    'remark-*': ['hub'],
    'rehype-*': ['hub'],
  },
  pureBuiltins: [
    'node:assert/strict',
    'node:async_hooks',
    'node:buffer',
    'node:crypto',
    'node:events',
    'node:path',
    'node:path/posix',
    'node:stream',
    'node:string_decoder',
    'node:url',
    'node:util',
    'node:zlib',
  ],
  builtins: {
    'node:timers': ['clock'],
    'node:timers/promises': ['clock'],
    'node:perf_hooks': ['clock'],
    'node:sqlite': ['store'],
  },
  // The next turn of the event loop is no time.
  free: { 'node:timers': ['setImmediate'], 'node:timers/promises': ['setImmediate'] },
  exceptions: {
    'src/render/templates.ts': {
      imports: ['node:fs'],
      reason: 'Reads the templates that lie beside it, once, at start; they are part of the code.',
    },
    'src/config/repository-reader.ts': {
      imports: ['node:child_process'],
      reason: 'A file of strangers is read in a process that can be ended; nothing but the text goes in.',
    },
  },
  adapters: ['forge/github', 'forge/memory', 'git/local', 'sandbox/local', 'sandbox/scripted', 'store/blobs'],
};
