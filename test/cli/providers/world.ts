import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { put } from '../../support/git-author.ts';
import { temporaryFolder } from '../../support/leftovers.ts';
import {
  lockText,
  type ProviderRegistry,
  startProviderRegistry,
  zipHash,
} from '../../support/provider-registry.ts';
import type { ZipEntry } from '../../support/zip.ts';
import { type Came, run } from '../command.ts';

/** A registry, a checkout with lock files, and a mirror that is empty yet; each test has its own. */
export interface World {
  readonly registry: () => ProviderRegistry;
  readonly folder: () => string;
  readonly mirror: () => string;
  /** `localhost:4711/acme/TYPE` */
  address(type: string): string;
  /** Publishes `acme/TYPE`, the first time that it is asked for. Returns the archive. */
  publish(type: string, version: string, entries?: readonly ZipEntry[]): Promise<Buffer>;
  /** Writes the lock file of a project that names these versions, which are published. Other hashes where they are given. */
  project(dir: string, locked: Readonly<Record<string, string>>, hashes?: readonly string[]): Promise<void>;
  fill(more?: { readonly stopped?: Promise<unknown>; readonly args?: readonly string[] }): Promise<Came>;
  /** What `fill` asks for. */
  words(): readonly string[];
  /** With what a process of its own fills the same mirror. */
  environment(): Readonly<Record<string, string>>;
  /** Every file of the mirror with what is in it. */
  inMirror(): ReadonlyMap<string, Buffer>;
  /** Everything beside the mirror that is not there for ever. */
  leftBeside(): readonly string[];
}

export const providerWorld = (): World => {
  let folder = '';
  let registry: ProviderRegistry | null = null;
  let archives = new Map<string, Buffer>();
  const there = (): ProviderRegistry => {
    if (registry === null) throw new Error('no registry yet');
    return registry;
  };
  beforeEach(async () => {
    folder = temporaryFolder('providers');
    archives = new Map();
    registry = await startProviderRegistry();
  });
  afterEach(() => registry?.close());
  const mirror = () => path.join(folder, 'shared', 'mirror');
  const address = (type: string) => `${there().host}/acme/${type}`;
  const environment = () => ({
    PATH: process.env['PATH'] ?? '',
    HOME: path.join(folder, 'home'),
    SSL_CERT_FILE: there().caFile,
    TMPDIR: process.env['TMPDIR'] ?? '',
  });
  const words = () => ['mirror', 'checkout', '--mirror', mirror(), '--registry', there().host];
  const publish: World['publish'] = async (type, version, entries) => {
    const known = archives.get(`${type} ${version}`);
    if (known !== undefined) return known;
    const archive = await there().publish(type, version, entries === undefined ? {} : { entries });
    archives.set(`${type} ${version}`, archive);
    return archive;
  };
  return {
    publish,
    registry: there,
    folder: () => folder,
    mirror,
    address,
    project: async (dir, locked, hashes) => {
      const lines: Record<string, { version: string; hashes: readonly string[] }> = {};
      for (const [type, version] of Object.entries(locked)) {
        const archive = await publish(type, version);
        lines[address(type)] = { version, hashes: hashes ?? [zipHash(archive)] };
      }
      put(folder, path.join('checkout', dir, '.terraform.lock.hcl'), lockText(lines));
    },
    fill: ({ stopped, args = [] } = {}) =>
      run({ folder, home: folder }, 'providers', [...words(), ...args], {
        environment: environment(),
        ...(stopped === undefined ? {} : { stopped }),
      }),
    words,
    environment,
    inMirror: () =>
      new Map(
        (existsSync(mirror()) ? readdirSync(mirror(), { recursive: true, withFileTypes: true }) : [])
          .filter((entry) => !entry.isDirectory())
          .map((entry) => path.join(entry.parentPath, entry.name))
          .map((file) => [path.relative(mirror(), file), readFileSync(file)]),
      ),
    leftBeside: () =>
      existsSync(path.dirname(mirror()))
        ? readdirSync(path.dirname(mirror())).filter((name) => name !== 'mirror' && name !== '.mirror.lock')
        : [],
  };
};
